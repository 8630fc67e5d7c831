#include "services/rpc/wire_service.h"

#include <memory>

#include "services/base/check.h"
#include "services/rpc/async.h"

namespace candor::rpc {

using grpc::ByteBuffer;
using grpc::ServerContext;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

namespace {

constexpr int kAskedAhead = 2;  // Requests asked for at once, for each method and queue.

}  // namespace

WireService::WireService(Door& door, const google::protobuf::FileDescriptor& file)
    : door_(door), type_(*file.service(0)) {
  for (int i = 0; i < type_.method_count(); ++i) {
    const auto& type = *type_.method(i);
    const bool streams = type.client_streaming() || type.server_streaming();
    methods_.push_back({.path = "/" + type_.full_name() + "/" + type.name(), .run = {}, .tell = {}, .keep = {}, .streams = streams});
    AddMethod(new RpcServiceMethod(methods_.back().path.c_str(),
                                   streams ? RpcMethod::BIDI_STREAMING : RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRaw(i);
  }
}

void WireService::Start(grpc::ServerCompletionQueue* queue, Workers& workers) {
  for (int i = 0; i < type_.method_count(); ++i) {
    const Method& method = methods_[static_cast<std::size_t>(i)];
    if (method.elsewhere) continue;
    method.streams ? StartStream(i, queue) : StartUnary(i, queue, workers);
  }
}

void WireService::StartUnary(int index, grpc::ServerCompletionQueue* queue, Workers& workers) {
  using Unary = Call<ByteBuffer>;
  const Method& method = methods_[static_cast<std::size_t>(index)];
  auto ask = std::make_shared<const Unary::Ask>(
      [this, index, queue](ServerContext* context, ByteBuffer* asked, Unary::Responder* responder, Tag* tag) {
        RequestAsyncUnary(index, context, asked, responder, queue, queue, tag);
      });
  auto handler = std::make_shared<const Unary::Handler>(
      [this, &method, &workers](ServerContext& context, const ByteBuffer& asked, ByteBuffer& answer, Unary::Reply reply) {
        const auto shared = std::make_shared<Unary::Reply>(std::move(reply));
        Workers::Work work = [this, &method, &context, asked, &answer, shared] {
          (*shared)(Answer(method, context, asked, answer));
        };
        if (!workers.Take(work)) (*shared)(rpc::ToWire(Overloaded()));
      });
  for (int i = 0; i < kAskedAhead; ++i) Unary::Start(ask, handler);
}

// Of a stream that is not built nothing is read.
void WireService::StartStream(int index, grpc::ServerCompletionQueue* queue) {
  const Method& method = methods_[static_cast<std::size_t>(index)];
  auto stream = std::make_shared<Stream::Method>();
  stream->ask = [this, index, queue](ServerContext* context, Stream::Responder* responder, Tag* tag) {
    RequestAsyncBidiStreaming(index, context, responder, queue, queue, tag);
  };
  stream->admit = [this, &method](const ServerContext& context) -> absl::StatusOr<Uuid> {
    CANDOR_ASSIGN_OR_RETURN(const domain::Caller caller, door_.Admit(context, method.path));
    if (!method.tell && !method.keep) return NotBuilt();
    return *caller.tenant;
  };
  if (method.tell) {
    stream->tell = [this, &method](const ServerContext& context, const ByteBuffer& asked, Stream::Say say,
                                   Stream::Reply reply) {
      const absl::StatusOr<domain::Caller> caller = door_.Admit(context, method.path);
      if (!caller.ok()) return reply(caller.status());
      const auto shared = std::make_shared<Stream::Reply>(std::move(reply));
      Workers::Work work = [&method, caller = *caller, asked, say = std::move(say), shared] {
        (*shared)(method.tell(caller, asked, say));
      };
      if (!method.workers->Take(work)) (*shared)(Overloaded());
    };
  }
  if (method.keep) {
    stream->tell = [this, &method](const ServerContext& context, const ByteBuffer& asked, Stream::Say say,
                                   Stream::Reply reply) {
      const absl::StatusOr<domain::Caller> caller = door_.Admit(context, method.path);
      if (!caller.ok()) return reply(caller.status());
      method.keep(asked, {.caller = *caller, .say = std::move(say), .reply = std::move(reply),
                          .may = [this, &method, &context] { return door_.Admit(context, method.path).status(); }});
    };
  }
  Stream::Start(streams_, std::move(stream));
}

void WireService::ServeElsewhere(const google::protobuf::Descriptor& request) {
  methods_[IndexOf(request)].elsewhere = true;
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
