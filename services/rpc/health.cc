#include "services/rpc/health.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/support/async_stream.h>

#include <utility>
#include <vector>

#include "services/rpc/convert/bytes.h"

namespace candor::rpc {
namespace {

// Places of the methods, in the order in which they are added.
constexpr int kCheck = 0, kWatch = 1;

// HealthCheckRequest has one field, a text of number 1; HealthCheckResponse one, an enum of
// number 1. On the wire these are the same.
using Request = google::protobuf::StringValue;
using Response = google::protobuf::Int32Value;

grpc::ByteBuffer Bytes(int status) {
  Response response;
  response.set_value(status);
  grpc::ByteBuffer bytes;
  (void)ToWire(response, bytes);  // An integer can always be written.
  return bytes;
}

}  // namespace

// One client that is told of each change.
class Health::Watch final : public std::enable_shared_from_this<Watch> {
 public:
  static void Start(Health& health, grpc::ServerCompletionQueue* queue) {
    const auto watch = std::make_shared<Watch>(health, queue);
    watch->context_.AsyncNotifyWhenDone(&watch->gone_);
    health.RequestAsyncServerStreaming(kWatch, &watch->context_, &watch->request_, &watch->writer_, queue, queue,
                                       watch->call_.Begin(watch));
  }

  Watch(Health& health, grpc::ServerCompletionQueue* queue) : health_(health), queue_(queue), writer_(&context_) {}

  // Sends the status unless it was the last one sent.
  void Tell() {
    const Status status = health_.StatusOf(service_);
    const absl::MutexLock lock(&mutex_);
    if (writing_ || finished_ || status == sent_) return;
    sent_ = status;
    writing_ = true;
    writer_.Write(Bytes(status), write_.Begin(shared_from_this()));
  }

  void Finish(const grpc::Status& status) {
    const absl::MutexLock lock(&mutex_);
    if (std::exchange(finished_, true)) return;
    writer_.Finish(status, finish_.Begin(shared_from_this()));
  }

 private:
  void OnCall(bool ok) {
    if (!ok) return;  // The server is shutting down, and will not tell when this is done.
    gone_.Begin(shared_from_this());
    Start(health_, queue_);
    Request request;
    if (!FromWire(request_, request).ok()) {
      return Finish({grpc::StatusCode::INVALID_ARGUMENT, "not a grpc.health.v1.HealthCheckRequest"});
    }
    service_ = request.value();
    health_.Enter(shared_from_this());
  }

  void OnWritten(bool ok) {
    {
      const absl::MutexLock lock(&mutex_);
      writing_ = false;
    }
    if (ok) Tell();
  }

  void OnFinished(bool) {}

  void OnGone(bool) {
    health_.Leave(shared_from_this());
    Finish(grpc::Status::CANCELLED);
  }

  Health& health_;
  grpc::ServerCompletionQueue* const queue_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> writer_;
  std::string service_;
  Step<Watch> call_{&Watch::OnCall}, write_{&Watch::OnWritten}, finish_{&Watch::OnFinished}, gone_{&Watch::OnGone};

  absl::Mutex mutex_;
  int sent_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false, finished_ ABSL_GUARDED_BY(mutex_) = false;
};

Health::Health() : statuses_({{"", kServing}}) {
  using grpc::internal::RpcMethod;
  AddMethod(new grpc::internal::RpcServiceMethod("/grpc.health.v1.Health/Check", RpcMethod::NORMAL_RPC, nullptr));
  AddMethod(new grpc::internal::RpcServiceMethod("/grpc.health.v1.Health/Watch", RpcMethod::SERVER_STREAMING, nullptr));
  MarkMethodRaw(kCheck);
  MarkMethodRaw(kWatch);
}

void Health::Set(const std::string& service, bool serving) {
  {
    const absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    statuses_[service] = serving ? kServing : kNotServing;
  }
  TellAll();
}

void Health::Stop() {
  std::vector<std::shared_ptr<Watch>> watches;
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (auto& [_, status] : statuses_) status = kNotServing;
    watches.assign(watches_.begin(), watches_.end());
  }
  for (const auto& watch : watches) watch->Finish({grpc::StatusCode::UNAVAILABLE, "the server is stopping"});
}

void Health::Serve(grpc::ServerCompletionQueue* queue) {
  using Check = Call<grpc::ByteBuffer>;
  auto ask = std::make_shared<const Check::Ask>([this, queue](grpc::ServerContext* context, grpc::ByteBuffer* request,
                                                              Check::Responder* responder, Tag* tag) {
    RequestAsyncUnary(kCheck, context, request, responder, queue, queue, tag);
  });
  auto handler = std::make_shared<const Check::Handler>(
      [this](grpc::ServerContext&, const grpc::ByteBuffer& bytes, grpc::ByteBuffer& response, Check::Reply reply) {
        Request request;
        if (!FromWire(bytes, request).ok()) {
          return reply({grpc::StatusCode::INVALID_ARGUMENT, "not a grpc.health.v1.HealthCheckRequest"});
        }
        const Status status = StatusOf(request.value());
        if (status == kServiceUnknown) return reply({grpc::StatusCode::NOT_FOUND, "no such service"});
        response = Bytes(status);
        reply(grpc::Status::OK);
      });
  Check::Start(std::move(ask), std::move(handler));
  Watch::Start(*this, queue);
}

Health::Status Health::StatusOf(const std::string& service) {
  const absl::MutexLock lock(&mutex_);
  const auto found = statuses_.find(service);
  return found == statuses_.end() ? kServiceUnknown : found->second;
}

void Health::Enter(const std::shared_ptr<Watch>& watch) {
  bool stopping = false;
  {
    const absl::MutexLock lock(&mutex_);
    stopping = stopping_;
    if (!stopping) watches_.insert(watch);
  }
  stopping ? watch->Finish({grpc::StatusCode::UNAVAILABLE, "the server is stopping"}) : watch->Tell();
}

void Health::Leave(const std::shared_ptr<Watch>& watch) {
  const absl::MutexLock lock(&mutex_);
  watches_.erase(watch);
}

void Health::TellAll() {
  std::vector<std::shared_ptr<Watch>> watches;
  {
    const absl::MutexLock lock(&mutex_);
    watches.assign(watches_.begin(), watches_.end());
  }
  for (const auto& watch : watches) watch->Tell();
}

}  // namespace candor::rpc
