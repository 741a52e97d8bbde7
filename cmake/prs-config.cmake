# find_package(prs) on an installed tree: prs::config reads and writes configurations (include/prs).
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(spdlog)
find_dependency(yaml-cpp)
find_dependency(nlohmann_json)
find_dependency(PkgConfig)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
include(${CMAKE_CURRENT_LIST_DIR}/prs-targets.cmake)
