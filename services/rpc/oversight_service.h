// OversightService: the queues of human review, and what comes of it.
#pragma once

#include "candor/v1/oversight_service.pb.h"
#include "services/flow/oversight.h"
#include "services/flow/settings_book.h"
#include "services/rpc/task_watch.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

class OversightService final : public WireService {
 public:
  // All must outlive this.
  OversightService(Door& door, flow::Oversight& oversight, flow::CaseBook& cases, flow::SettingsBook& settings,
                   store::Pool& readers);

  // Ends every watch as UNAVAILABLE.
  void Stop() { watch_.Stop(); }

 private:
  using Caller = domain::Caller;

  absl::Status ListTasks(const Caller& caller, const v1::ListTasksRequest& request, v1::ListTasksResponse& response);
  absl::Status GetTask(const Caller& caller, const v1::GetTaskRequest& request, v1::GetTaskResponse& response);
  absl::Status ClaimTask(const Caller& caller, const v1::ClaimTaskRequest& request, v1::ClaimTaskResponse& response);
  absl::Status ReleaseTask(const Caller& caller, const v1::ReleaseTaskRequest& request,
                           v1::ReleaseTaskResponse& response);
  absl::Status ResolveTask(const Caller& caller, const v1::ResolveTaskRequest& request,
                           v1::ResolveTaskResponse& response);
  absl::Status GetQueueStatistics(const Caller& caller, const v1::GetQueueStatisticsRequest& request,
                                  v1::GetQueueStatisticsResponse& response);
  void Watch(const v1::WatchRequest& request, Listener listener);

  using Step = absl::StatusOr<flow::Oversight::Made> (flow::Oversight::*)(const Caller&, const domain::Statement&);
  template <typename Request, typename Response>
  absl::Status Move(const Caller& caller, const char* word, const Request& request, Step step, Response& response);

  flow::Oversight& oversight_;
  flow::CaseBook& cases_;
  flow::SettingsBook& settings_;
  TaskWatch watch_;
};

}  // namespace candor::rpc
