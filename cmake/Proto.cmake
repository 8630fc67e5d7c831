# The generated protos as one library, candor::wire. google/rpc comes unchanged from
# the Python package googleapis-common-protos, which `./run` and `./test` put into
# CANDOR_GOOGLEAPIS.
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
set(CANDOR_GOOGLEAPIS ${PROJECT_SOURCE_DIR}/build/googleapis CACHE PATH
    "Folder that holds google/rpc/status.proto and error_details.proto")
if(NOT EXISTS ${CANDOR_GOOGLEAPIS}/google/rpc/status.proto)
  message(FATAL_ERROR "google/rpc/status.proto is not in ${CANDOR_GOOGLEAPIS}: run ./test --setup once")
endif()

set(wire_dir ${PROJECT_BINARY_DIR}/wire)
file(MAKE_DIRECTORY ${wire_dir})
file(GLOB candor_protos CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/proto
     ${PROJECT_SOURCE_DIR}/proto/candor/v1/*.proto)
set(wire_sources)
foreach(proto google/rpc/status.proto google/rpc/error_details.proto ${candor_protos})
  string(REGEX REPLACE "\\.proto$" "" stem ${proto})
  set(outputs ${wire_dir}/${stem}.pb.cc)
  set(plugin)
  if(stem MATCHES "_service$")
    list(APPEND outputs ${wire_dir}/${stem}.grpc.pb.cc)
    set(plugin --grpc_out=${wire_dir} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN})
  endif()
  set(source ${PROJECT_SOURCE_DIR}/proto/${proto})
  if(proto MATCHES "^google/")
    set(source ${CANDOR_GOOGLEAPIS}/${proto})
  endif()
  add_custom_command(OUTPUT ${outputs}
    COMMAND ${PROTOC} -I ${PROJECT_SOURCE_DIR}/proto -I ${CANDOR_GOOGLEAPIS}
            --cpp_out=${wire_dir} ${plugin} ${proto}
    DEPENDS ${source} VERBATIM)
  list(APPEND wire_sources ${outputs})
endforeach()

add_library(candor_wire STATIC ${wire_sources})
add_library(candor::wire ALIAS candor_wire)
target_include_directories(candor_wire SYSTEM PUBLIC ${wire_dir})
target_link_libraries(candor_wire PUBLIC gRPC::grpc++ protobuf::libprotobuf)
