# Makes a C++ source of files: cmake -DOUTPUT=x.cpp -DHEADER=report/page_files.hpp "-DFILES=name=path;…" -P embed.cmake
# Each becomes a constant `name` of namespace prs. A path that is empty gives an empty one.
set(text "#include \"${HEADER}\"\n\nnamespace prs {\nnamespace {\n")
set(constants "")
foreach(entry ${FILES})
  string(FIND ${entry} "=" place)
  string(SUBSTRING ${entry} 0 ${place} name)
  math(EXPR place "${place} + 1")
  string(SUBSTRING ${entry} ${place} -1 path)
  set(bytes "")
  if(path)
    file(READ ${path} bytes HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  endif()
  string(APPEND text "const char ${name}_bytes[] = {${bytes}'\\0'};\n")
  string(APPEND constants "extern const std::string_view ${name};\n"
                          "const std::string_view ${name}(${name}_bytes, sizeof(${name}_bytes) - 1);\n")
endforeach()
file(WRITE ${OUTPUT} "${text}}  // namespace\n\n${constants}\n}  // namespace prs\n")
