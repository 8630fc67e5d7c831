# CANDOR_SANITIZE=address,undefined or thread: for every target of the build.
set(CANDOR_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
if(CANDOR_SANITIZE)
  add_compile_options(-fsanitize=${CANDOR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CANDOR_SANITIZE})
endif()
