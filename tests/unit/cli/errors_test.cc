#include "clients/cli/errors.h"
#include "clients/cli/wire_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/time/time.h"
#include "clients/cli/output.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace candor::cli {
namespace {

using testing::HasSubstr;

// An error as the server sends it: ErrorInfo, BadRequest, RetryInfo.
grpc::Status Sent(grpc::StatusCode code, const std::string& message, const std::string& reason,
                  const std::vector<FieldProblem>& problems = {}, int retry_seconds = 0) {
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("candor");
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  for (const FieldProblem& problem : problems) {
    auto& violation = *bad.add_field_violations();
    violation.set_field(problem.field);
    violation.set_description(problem.what);
  }
  if (!problems.empty()) details.add_details()->PackFrom(bad);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(retry_seconds);
  if (retry_seconds > 0) details.add_details()->PackFrom(retry);
  return {code, message, details.SerializeAsString()};
}

std::string Printed(const absl::Status& error, bool json = false) {
  std::ostringstream out, err;
  Output(out, err, {.json = json}).Error(error);
  EXPECT_EQ(out.str(), "");
  return err.str();
}

TEST(Errors, TellReasonFieldsAndWhatToDoNext) {
  const absl::Status error = FromWire(Sent(
      grpc::StatusCode::INVALID_ARGUMENT, "two fields break their rules", "FIELD_INVALID",
      {{"limits.currency", "goes with amount_limit"}, {"limits.amount_limit", "is a decimal"}}));

  EXPECT_EQ(Printed(error),
            "candor: two fields break their rules\n"
            "  reason: FIELD_INVALID (INVALID_ARGUMENT)\n"
            "  field:  limits.currency: goes with amount_limit\n"
            "  field:  limits.amount_limit: is a decimal\n"
            "  next:   correct the field named above and repeat\n");
}

TEST(Errors, DoNotSayASingleProblemTwice) {
  const absl::Status error =
      FromWire(Sent(grpc::StatusCode::INVALID_ARGUMENT, "origin: is required", "FIELD_INVALID",
                    {{"origin", "origin: is required"}}));

  EXPECT_THAT(Printed(error), testing::Not(HasSubstr("field:")));
}

TEST(Errors, ToldToAProgramAreOneLineOfJson) {
  const absl::Status error =
      FromWire(Sent(grpc::StatusCode::PERMISSION_DENIED, "no \"right\"", "ROLE_MISSING"));

  EXPECT_EQ(Printed(error, /*json=*/true),
            "{\"error\":{\"code\":\"PERMISSION_DENIED\",\"message\":\"no "
            "\\\"right\\\"\",\"next\":\"use the key of a "
            "principal whose roles include this; `candor principal list` shows "
            "them\",\"reason\":\"ROLE_MISSING\"}}\n");
}

TEST(Errors, TellHowLongToWait) {
  const absl::Status error =
      FromWire(Sent(grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full", "QUEUE_FULL", {},
                    /*retry_seconds=*/2));

  EXPECT_THAT(NextStepOf(error), HasSubstr("the server asks to wait 2s"));
  EXPECT_TRUE(MayRepeat(error));
}

TEST(Errors, SeparateARefusalFromAFailure) {
  EXPECT_EQ(ExitOf(FromWire(Sent(grpc::StatusCode::PERMISSION_DENIED, "no", "ROLE_MISSING"))),
            kRefused);
  EXPECT_EQ(ExitOf(FromWire(Sent(grpc::StatusCode::ALREADY_EXISTS, "no", "REQUEST_ID_REUSED"))),
            kRefused);
  EXPECT_EQ(ExitOf(FromWire(Sent(grpc::StatusCode::UNAVAILABLE, "no", "STORE_UNAVAILABLE"))),
            kFailed);
  EXPECT_EQ(ExitOf(FromWire(Sent(grpc::StatusCode::INTERNAL, "no", "INTERNAL"))), kFailed);
  EXPECT_EQ(ExitOf(FromWire({grpc::StatusCode::UNAVAILABLE, "connection refused"})), kFailed);
  EXPECT_EQ(ExitOf(Unusable("no key", "give one")), kFailed);
}

TEST(Errors, OfTheServerCannotMoveTheCursor) {
  const absl::Status error =
      FromWire(Sent(grpc::StatusCode::NOT_FOUND, "\x1b[2Jgone\r", "NOT_FOUND"));

  EXPECT_THAT(Printed(error), HasSubstr("candor: \\x1b[2Jgone\\x0d\n"));
}

}  // namespace
}  // namespace candor::cli
