# Writes the text of FILES as C++ initialisers {"name", R"sql(text)sql"}, into OUT.
set(content "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND content "{\"${name}\", R\"sql(${text})sql\"},\n")
endforeach()
file(WRITE ${OUT} "${content}")
