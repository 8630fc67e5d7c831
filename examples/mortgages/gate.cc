#include "examples/mortgages/gate.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace mortgages {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDeadline{10'000};
constexpr milliseconds kPatience{60'000};
constexpr milliseconds kShortestWait{20};
constexpr milliseconds kLongestWait{2'000};

bool MayRepeat(grpc::StatusCode code) {
  return code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::UNAVAILABLE ||
         code == grpc::StatusCode::ABORTED || code == grpc::StatusCode::UNKNOWN ||
         code == grpc::StatusCode::DEADLINE_EXCEEDED;
}

// What the server says beyond the code: how long to wait, the reason, the fields.
struct Details {
  milliseconds wait{0};
  std::string words;
};

Details DetailsOf(const grpc::Status& status) {
  Details details{.wait = milliseconds(0), .words = status.error_message()};
  google::rpc::Status rich;
  if (!rich.ParseFromString(status.error_details())) return details;
  for (const google::protobuf::Any& any : rich.details()) {
    google::rpc::RetryInfo retry;
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    if (any.UnpackTo(&retry)) {
      details.wait = milliseconds(retry.retry_delay().seconds() * 1000 +
                                  retry.retry_delay().nanos() / 1'000'000);
    } else if (any.UnpackTo(&info)) {
      absl::StrAppend(&details.words, " [", info.reason(), "]");
    } else if (any.UnpackTo(&bad)) {
      for (const auto& field : bad.field_violations()) {
        absl::StrAppend(&details.words, "; ", field.field(), ": ", field.description());
      }
    }
  }
  return details;
}

}  // namespace

Gate::Gate(const std::string& server, std::string key)
    : authorization_(absl::StrCat("Bearer ", std::move(key))),
      stub_(Service::NewStub(grpc::CreateChannel(server, grpc::InsecureChannelCredentials()))) {}

template <typename Request, typename Response>
absl::StatusOr<Response> Gate::Call(
    grpc::Status (Service::StubInterface::*method)(grpc::ClientContext*, const Request&, Response*),
    const Request& request) {
  const steady_clock::time_point give_up = steady_clock::now() + kPatience;
  milliseconds wait = kShortestWait;
  while (true) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", authorization_);
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (status.ok()) return response;

    const Details details = DetailsOf(status);
    if (!MayRepeat(status.error_code()) || steady_clock::now() > give_up) {
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          absl::StrCat(Request::descriptor()->name(), ": ", details.words));
    }
    std::this_thread::sleep_for(std::max(wait, details.wait));
    wait = std::min(wait * 2, kLongestWait);
  }
}

absl::StatusOr<candor::v1::AuthorizeResponse> Gate::Authorize(
    const candor::v1::AuthorizeRequest& request) {
  return Call(&Service::StubInterface::Authorize, request);
}

absl::StatusOr<candor::v1::RecordResponse> Gate::Record(const candor::v1::RecordRequest& request) {
  return Call(&Service::StubInterface::Record, request);
}

absl::StatusOr<candor::v1::CancelResponse> Gate::Cancel(const candor::v1::CancelRequest& request) {
  return Call(&Service::StubInterface::Cancel, request);
}

absl::StatusOr<candor::v1::RecordResultResponse> Gate::RecordResult(
    const candor::v1::RecordResultRequest& request) {
  return Call(&Service::StubInterface::RecordResult, request);
}

absl::StatusOr<candor::v1::CloseEpochResponse> Gate::CloseEpoch(
    const candor::v1::CloseEpochRequest& request) {
  return Call(&Service::StubInterface::CloseEpoch, request);
}

}  // namespace mortgages
