# A room is one folder under services/, one namespace and one static library.
#
#   candor_add_room(core
#     SOURCES merkle/inclusion.cc
#     ROOMS   base crypto        # rooms below this one; tests/lint/layers.json agrees
#     USES    absl::statusor)    # outside libraries
#
# makes the target candor::core and, where tests/unit/core/ exists, the test
# program core_test from every *_test.cc below it.
function(candor_add_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;USES" ${ARGN})
  list(TRANSFORM ARG_ROOMS PREPEND "candor::")

  add_library(candor_${name} STATIC ${ARG_SOURCES})
  add_library(candor::${name} ALIAS candor_${name})
  target_include_directories(candor_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(candor_${name} PRIVATE ${CANDOR_WARNINGS})
  target_link_libraries(candor_${name} PUBLIC ${ARG_ROOMS} ${ARG_USES})

  set(tests_dir ${PROJECT_SOURCE_DIR}/tests/unit/${name})
  if(BUILD_TESTING AND IS_DIRECTORY ${tests_dir})
    file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${tests_dir}/*_test.cc)
    candor_add_test(${name}_test LABEL unit SOURCES ${tests} LINKS candor::${name})
  endif()
endfunction()

# One program of GoogleTest tests: candor_add_test(x_test LABEL unit SOURCES … LINKS …).
function(candor_add_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  # Tests are compiled more often than they run; and g++ 12 warns of what is not there
  # when it inlines strings and optional values.
  target_compile_options(${name} PRIVATE ${CANDOR_WARNINGS} -O1 -Wno-maybe-uninitialized -Wno-restrict)
  target_compile_definitions(${name} PRIVATE CANDOR_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             CANDOR_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gmock_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300)
endfunction()
