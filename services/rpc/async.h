// A unary call of an asynchronous service, from its request to its answer.
//
// A Call asks gRPC for one request; when it comes, it makes its own successor, lets the
// handler run on the completion queue's thread, and finishes whenever the handler's Reply
// is called, on whatever thread. It deletes itself after that.
//
// The server is shut down before its queues. A call that came keeps the server from having
// shut down until it is answered, so its successor never meets a queue that is shut down; and
// one asked of a server that is shutting down comes back at once, not ok.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/async_unary_call.h>

#include <functional>
#include <memory>

#include "absl/functional/any_invocable.h"

namespace candor::rpc {

// What stands behind a tag of a completion queue.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual void Proceed(bool ok) = 0;
};

// An operation of an Owner that gRPC has not answered yet; it keeps its owner until then.
template <typename Owner>
class Step final : public Tag {
 public:
  explicit Step(void (Owner::*answered)(bool ok)) : answered_(answered) {}

  Tag* Begin(std::shared_ptr<Owner> owner) {
    owner_ = std::move(owner);
    return this;
  }
  // Of an operation that gRPC will never answer.
  void Drop() { owner_.reset(); }

  void Proceed(bool ok) override {
    const std::shared_ptr<Owner> kept = std::move(owner_);
    (kept.get()->*answered_)(ok);
  }

 private:
  void (Owner::*const answered_)(bool ok);
  std::shared_ptr<Owner> owner_;
};

template <typename Response>
class Call final : public Tag {
 public:
  using Reply = absl::AnyInvocable<void(grpc::Status)>;
  // Fills `response`, then calls `reply` exactly once. Context and response live until then.
  using Handler = std::function<void(grpc::ServerContext&, const grpc::ByteBuffer& request,
                                     Response& response, Reply reply)>;
  using Responder = grpc::ServerAsyncResponseWriter<Response>;
  // Asks gRPC for the next request of the method.
  using Ask = std::function<void(grpc::ServerContext*, grpc::ByteBuffer*, Responder*, Tag*)>;

  static void Start(std::shared_ptr<const Ask> ask, std::shared_ptr<const Handler> handler) {
    auto* call = new Call(std::move(ask), std::move(handler));
    (*call->ask_)(&call->context_, &call->request_, &call->responder_, call);
  }

  void Proceed(bool ok) override {
    if (!ok || answered_) {
      delete this;
      return;
    }
    answered_ = true;
    Start(ask_, handler_);
    grpc::ByteBuffer request;  // Its bytes go when they are read, not when they are answered.
    request.Swap(&request_);
    (*handler_)(context_, request, response_, [this](const grpc::Status& status) {
      if (status.ok()) {
        responder_.Finish(response_, status, this);
      } else {
        responder_.FinishWithError(status, this);
      }
    });
  }

 private:
  Call(std::shared_ptr<const Ask> ask, std::shared_ptr<const Handler> handler)
      : ask_(std::move(ask)), handler_(std::move(handler)), responder_(&context_) {}

  const std::shared_ptr<const Ask> ask_;
  const std::shared_ptr<const Handler> handler_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  Response response_;
  Responder responder_;
  bool answered_ = false;
};

}  // namespace candor::rpc
