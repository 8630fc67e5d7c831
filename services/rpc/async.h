// A unary call of an asynchronous service, from its request to its answer.
//
// A Call asks gRPC for one request; when it comes, it makes its own successor, lets the
// handler run on the completion queue's thread, and finishes whenever the handler's Reply
// is called, on whatever thread. It deletes itself after that.
#pragma once

#include <grpcpp/grpcpp.h>

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

template <typename Request, typename Response>
class Call final : public Tag {
 public:
  using Reply = absl::AnyInvocable<void(grpc::Status)>;
  // Fills `response`, then calls `reply` exactly once. All live until then.
  using Handler = std::function<void(grpc::ServerContext&, const Request&, Response&, Reply reply)>;
  using Responder = grpc::ServerAsyncResponseWriter<Response>;
  // Asks gRPC for the next request of the method.
  using Ask = std::function<void(grpc::ServerContext*, Request*, Responder*, Tag*)>;

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
    (*handler_)(context_, request_, response_, [this](const grpc::Status& status) {
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
  Request request_;
  Response response_;
  Responder responder_;
  bool answered_ = false;
};

}  // namespace candor::rpc
