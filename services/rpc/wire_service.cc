#include "services/rpc/wire_service.h"

#include <grpcpp/support/method_handler.h>

#include "services/base/check.h"

namespace candor::rpc {

using grpc::ByteBuffer;
using grpc::ServerContext;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

WireService::WireService(Door& door, const google::protobuf::FileDescriptor& file)
    : door_(door), type_(*file.service(0)) {
  for (int i = 0; i < type_.method_count(); ++i) {
    const auto& method = *type_.method(i);
    methods_.push_back({.path = "/" + type_.full_name() + "/" + method.name(), .run = {}});
    Register(methods_.back(), method);
  }
}

// What generated code does for each method, with bytes in place of messages.
void WireService::Register(Method& method, const google::protobuf::MethodDescriptor& type) {
  using Unary = grpc::internal::RpcMethodHandler<WireService, ByteBuffer, ByteBuffer>;
  using Stream = grpc::internal::BidiStreamingHandler<WireService, ByteBuffer, ByteBuffer>;
  if (!type.client_streaming() && !type.server_streaming()) {
    const auto run = [&method](WireService* self, ServerContext* context, const ByteBuffer* asked,
                               ByteBuffer* answer) {
      return self->Answer(method, *context, *asked, *answer);
    };
    AddMethod(
        new RpcServiceMethod(method.path.c_str(), RpcMethod::NORMAL_RPC, new Unary(run, this)));
    return;
  }
  // No stream is served yet: what is sent is not read.
  const auto run = [&method](WireService* self, ServerContext* context,
                             grpc::ServerReaderWriter<ByteBuffer, ByteBuffer>*) {
    ByteBuffer nothing;
    return self->Answer(method, *context, nothing, nothing);
  };
  AddMethod(
      new RpcServiceMethod(method.path.c_str(), RpcMethod::BIDI_STREAMING, new Stream(run, this)));
}

std::size_t WireService::IndexOf(const google::protobuf::Descriptor& request) const {
  int index = 0;
  while (index < type_.method_count() && type_.method(index)->input_type() != &request) ++index;
  CANDOR_CHECK(index < type_.method_count());
  return static_cast<std::size_t>(index);
}

grpc::Status WireService::Answer(const Method& method, const ServerContext& context,
                                 const ByteBuffer& asked, ByteBuffer& answer) {
  const absl::StatusOr<domain::Caller> caller = door_.Admit(context, method.path);
  if (!caller.ok()) return rpc::ToWire(caller.status());
  if (!method.run) return rpc::ToWire(NotBuilt());
  return rpc::ToWire(method.run(*caller, asked, answer));
}

}  // namespace candor::rpc
