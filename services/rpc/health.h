// grpc.health.v1.Health: whether the server, and each of its parts, can do its work.
//
// gRPC's own health service brings threads that poll beside the completion queues; this one
// answers on them.
//
// Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "services/rpc/async.h"

namespace candor::rpc {

class Health final : public grpc::Service {
 public:
  Health();

  // Whether `service` can do its work; "" is the server as a whole.
  void Set(const std::string& service, bool serving);

  // Nothing is served any more, and whoever watches is told so; before the server shuts down.
  void Stop();

  // Asks for the first calls on `queue`; after the server has started.
  void Serve(grpc::ServerCompletionQueue* queue);

 private:
  // As grpc.health.v1.HealthCheckResponse numbers them.
  enum Status { kServing = 1, kNotServing = 2, kServiceUnknown = 3 };
  class Watch;

  Status StatusOf(const std::string& service);
  void Enter(const std::shared_ptr<Watch>& watch);
  void Leave(const std::shared_ptr<Watch>& watch);
  void TellAll();

  absl::Mutex mutex_;
  std::map<std::string, Status> statuses_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::shared_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace candor::rpc
