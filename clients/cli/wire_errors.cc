#include "clients/cli/wire_errors.h"

#include "absl/time/time.h"
#include "clients/cli/errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace candor::cli {
namespace {

absl::Status AddDetails(const google::rpc::Status& details, absl::Status error) {
  for (const google::protobuf::Any& detail : details.details()) {
    if (google::rpc::ErrorInfo info; detail.UnpackTo(&info) && info.domain() == "candor") {
      error = Because(std::move(error), info.reason());
    } else if (google::rpc::BadRequest bad; detail.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        error = OfField(std::move(error), {.field = violation.field(), .what = violation.description()});
      }
    } else if (google::rpc::RetryInfo retry; detail.UnpackTo(&retry)) {
      error = RetryAfter(std::move(error), absl::Seconds(retry.retry_delay().seconds()) +
                                               absl::Nanoseconds(retry.retry_delay().nanos()));
    }
  }
  return error;
}

}  // namespace

absl::Status FromWire(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status error(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (status.error_details().empty() || !details.ParseFromString(status.error_details())) return error;
  return FromServer(AddDetails(details, std::move(error)));
}

}  // namespace candor::cli
