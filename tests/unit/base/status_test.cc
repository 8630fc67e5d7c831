#include "services/base/status.h"

#include <gtest/gtest.h>

#include "services/base/check.h"

namespace candor {
namespace {

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return BadField("number", "must be even");
  return number / 2;
}

absl::StatusOr<int> Quarter(int number) {
  CANDOR_ASSIGN_OR_RETURN(const int half, Half(number));
  return Half(half);
}

absl::Status CheckQuarter(int number) {
  CANDOR_RETURN_IF_ERROR(Quarter(number).status());
  return absl::OkStatus();
}

TEST(Status, PassesTheFirstErrorOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_TRUE(CheckQuarter(8).ok());
  EXPECT_EQ(CheckQuarter(6).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CheckQuarter(7).code(), absl::StatusCode::kInvalidArgument);
}

TEST(Status, CarriesReasonAndField) {
  const absl::Status status = Half(1).status();

  EXPECT_EQ(FieldOf(status), "number");
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  EXPECT_EQ(ReasonOf(absl::NotFoundError("")), "");
}

TEST(Status, CarriesARetryDelay) {
  const absl::Status status = RetryAfter(absl::UnavailableError("full"), absl::Milliseconds(250));

  EXPECT_EQ(RetryDelayOf(status), absl::Milliseconds(250));
  EXPECT_EQ(RetryDelayOf(absl::UnavailableError("full")), std::nullopt);
}

TEST(CheckDeathTest, AbortsAndNamesTheCondition) {
  EXPECT_DEATH(CANDOR_CHECK(1 + 1 == 3), "1 \\+ 1 == 3");
}

}  // namespace
}  // namespace candor
