// A service of the contract as gRPC meets it: each of its methods is there, goes through the
// door, and takes bytes, so that what does not parse is refused with a reason. Methods that
// are not served answer NOT_IMPLEMENTED to whoever holds the right.
//
// Thread-safe once it is registered.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "services/base/status.h"
#include "services/rpc/convert/bytes.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/door.h"
#include "services/rpc/stream.h"
#include "services/rpc/workers.h"

namespace candor::rpc {

class WireService : public grpc::Service {
 public:
  // The one service that `file` declares. `door` must outlive this.
  WireService(Door& door, const google::protobuf::FileDescriptor& file);

  // Asks for the first calls on `queue`, whose thread calls Tag::Proceed; after the server
  // has started. Methods run on `workers`. Both must outlive the server's calls.
  void Start(grpc::ServerCompletionQueue* queue, Workers& workers);

 protected:
  // Lets `method` of this answer the method of the contract that takes a Request.
  template <typename Self, typename Request, typename Response>
  void Serve(absl::Status (Self::*method)(const domain::Caller&, const Request&, Response&)) {
    Self* self = static_cast<Self*>(this);
    methods_[IndexOf(*Request::descriptor())].run =
        [this, self, method](const domain::Caller& caller, const grpc::ByteBuffer& asked,
                             grpc::ByteBuffer& answer) -> absl::Status {
      Request request;
      Response response;
      CANDOR_RETURN_IF_ERROR(FromWire(asked, request));
      CANDOR_RETURN_IF_ERROR(CheckRequest(request, door_.clock().Now()));
      CANDOR_RETURN_IF_ERROR((self->*method)(caller, request, response));
      return rpc::ToWire(response, answer);
    };
  }

  // The same for a method with several answers: `say` gives those before the last one, and says
  // what became of it. It runs on `workers`, which must outlive the server's calls.
  template <typename Response>
  using Say = std::function<Stream::Heard(const Response&)>;
  template <typename Self, typename Request, typename Response>
  void ServeTelling(absl::Status (Self::*method)(const domain::Caller&, const Request&, const Say<Response>& say,
                                                 Response& last),
                    Workers& workers) {
    Self* self = static_cast<Self*>(this);
    Method& served = methods_[IndexOf(*Request::descriptor())];
    served.workers = &workers;
    served.tell = [this, self, method](const domain::Caller& caller, const grpc::ByteBuffer& asked,
                                       const Stream::Say& say) -> absl::StatusOr<grpc::ByteBuffer> {
      Request request;
      Response last;
      grpc::ByteBuffer answer;
      CANDOR_RETURN_IF_ERROR(FromWire(asked, request));
      CANDOR_RETURN_IF_ERROR(CheckRequest(request, door_.clock().Now()));
      const auto say_it = [&say](const Response& response) {
        grpc::ByteBuffer bytes;
        return rpc::ToWire(response, bytes).ok() ? say(std::move(bytes)) : Stream::Heard::kGone;
      };
      CANDOR_RETURN_IF_ERROR((self->*method)(caller, request, say_it, last));
      CANDOR_RETURN_IF_ERROR(rpc::ToWire(last, answer));
      return answer;
    };
  }

  // A caller who listens until they hang up: see Stream::Say and Stream::Reply. `may` asks again
  // whether they may, until `reply` was called.
  struct Listener {
    domain::Caller caller;
    Stream::Say say;
    Stream::Reply reply;
    std::function<absl::Status()> may;
  };
  // The same for a method that keeps its listener. It must not wait.
  template <typename Self, typename Request>
  void ServeKeeping(void (Self::*method)(const Request&, Listener)) {
    Self* self = static_cast<Self*>(this);
    methods_[IndexOf(*Request::descriptor())].keep = [this, self, method](const grpc::ByteBuffer& asked, Listener listener) {
      Request request;
      absl::Status status = FromWire(asked, request);
      if (status.ok()) status = CheckRequest(request, door_.clock().Now());
      if (!status.ok()) return listener.reply(std::move(status));
      (self->*method)(request, std::move(listener));
    };
  }

  // The method that takes `request` is asked for elsewhere, and not by Start.
  void ServeElsewhere(const google::protobuf::Descriptor& request);

  // The place of the method that takes `request`, and its name as gRPC writes it.
  std::size_t IndexOf(const google::protobuf::Descriptor& request) const;
  const std::string& PathOf(std::size_t index) const { return methods_[index].path; }

  Door& door_;

 private:
  using Run = std::function<absl::Status(const domain::Caller&, const grpc::ByteBuffer& asked,
                                         grpc::ByteBuffer& answer)>;
  struct Method {
    std::string path;
    Run run;  // Nothing: not built.
    std::function<absl::StatusOr<grpc::ByteBuffer>(const domain::Caller&, const grpc::ByteBuffer& asked,
                                                   const Stream::Say&)> tell;  // Of one with several answers.
    std::function<void(const grpc::ByteBuffer& asked, Listener)> keep;
    Workers* workers = nullptr;  // Where `tell` runs.
    bool streams = false, elsewhere = false;
  };

  void StartUnary(int index, grpc::ServerCompletionQueue* queue, Workers& workers);
  void StartStream(int index, grpc::ServerCompletionQueue* queue);
  grpc::Status Answer(const Method& method, const grpc::ServerContext& context,
                      const grpc::ByteBuffer& asked, grpc::ByteBuffer& answer);

  const google::protobuf::ServiceDescriptor& type_;
  std::deque<Method> methods_;  // gRPC keeps pointers to the paths.
  Streams streams_;             // Of methods that are not built.
};

}  // namespace candor::rpc
