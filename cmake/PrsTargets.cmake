# The helpers that every CMakeLists.txt of the project uses. Unknown arguments are errors.

add_library(prs_flags INTERFACE)
set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion)
if(PRS_WARNINGS_ARE_ERRORS)
  list(APPEND warnings -Werror)
endif()
target_compile_options(prs_flags INTERFACE "$<BUILD_INTERFACE:${warnings}>")
target_include_directories(prs_flags INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src;${PROJECT_SOURCE_DIR}/include;${PROJECT_SOURCE_DIR}>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_compile_features(prs_flags INTERFACE "$<INSTALL_INTERFACE:cxx_std_20>")
if(PRS_SANITIZE)
  # fuzzer-no-link: the fuzz targets see which branches a library takes; a unit test takes no notice.
  set(sanitizers "-fsanitize=address,undefined$<$<BOOL:${PRS_BUILD_FUZZERS}>:,fuzzer-no-link>")
  target_compile_options(prs_flags INTERFACE ${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_compile_definitions(prs_flags INTERFACE PRS_IS_SANITIZED _GLIBCXX_ASSERTIONS)
  target_link_options(prs_flags INTERFACE ${sanitizers})
endif()

function(prs_reject_unknown what)
  if(ARGN)
    message(FATAL_ERROR "${what}: unknown arguments: ${ARGN}")
  endif()
endfunction()

# prs_room(NAME SOURCES a.cpp … [LINKS target …]): the library prs_NAME, one folder under src/.
function(prs_room name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  prs_reject_unknown("prs_room(${name})" ${arg_UNPARSED_ARGUMENTS})
  add_library(prs_${name} STATIC ${arg_SOURCES})
  target_link_libraries(prs_${name} PUBLIC prs_flags ${arg_LINKS})
endfunction()

# prs_unit_test(ROOM SOURCES x_test.cpp … [LINKS target …]): one program per room, each test of it one entry in CTest.
function(prs_unit_test room)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  prs_reject_unknown("prs_unit_test(${room})" ${arg_UNPARSED_ARGUMENTS})
  add_executable(unit_${room} ${arg_SOURCES})
  target_link_libraries(unit_${room} PRIVATE prs_${room} ${arg_LINKS} GTest::gtest_main)
  gtest_discover_tests(unit_${room} TEST_PREFIX unit.${room}. DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
