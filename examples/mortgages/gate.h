// The calls to Candor, repeated until they have an answer or never will have one.
//
// Thread-safe. Repeating is harmless, because every request carries an id of its own:
//
//   RESOURCE_EXHAUSTED                         wait as long as the server says, repeat.
//   UNAVAILABLE, ABORTED                       nothing was written; wait a little, repeat.
//   UNKNOWN, DEADLINE_EXCEEDED                 perhaps written; repeat with the same id.
//   anything else                              an answer: the request or the caller is wrong.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "candor/v1/decision_service.grpc.pb.h"

namespace mortgages {

class Gate {
 public:
  // `server` is host:port; `key` an API key. Connects at the first call.
  Gate(const std::string& server, std::string key);

  absl::StatusOr<candor::v1::AuthorizeResponse> Authorize(
      const candor::v1::AuthorizeRequest& request);
  absl::StatusOr<candor::v1::RecordResponse> Record(const candor::v1::RecordRequest& request);
  absl::StatusOr<candor::v1::CancelResponse> Cancel(const candor::v1::CancelRequest& request);
  absl::StatusOr<candor::v1::RecordResultResponse> RecordResult(
      const candor::v1::RecordResultRequest& request);
  absl::StatusOr<candor::v1::CloseEpochResponse> CloseEpoch(
      const candor::v1::CloseEpochRequest& request);

 private:
  using Service = candor::v1::DecisionService;

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Service::StubInterface::*method)(grpc::ClientContext*,
                                                                               const Request&,
                                                                               Response*),
                                const Request& request);

  const std::string authorization_;
  const std::unique_ptr<Service::StubInterface> stub_;
};

}  // namespace mortgages
