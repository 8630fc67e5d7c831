#include "services/base/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace candor {
namespace {

constexpr std::string_view kReasonUrl = "candor/reason";
constexpr std::string_view kFieldUrl = "candor/field";
constexpr std::string_view kRetryUrl = "candor/retry_us";

std::string PayloadOf(const absl::Status& status, std::string_view url) {
  const auto payload = status.GetPayload({url.data(), url.size()});
  return payload ? std::string(*payload) : std::string();
}

absl::Status With(absl::Status status, std::string_view url, std::string_view text) {
  status.SetPayload({url.data(), url.size()},
                    absl::Cord(absl::string_view(text.data(), text.size())));
  return status;
}

}  // namespace

absl::Status Because(absl::Status status, std::string_view reason) {
  return With(std::move(status), kReasonUrl, reason);
}

std::string ReasonOf(const absl::Status& status) {
  return PayloadOf(status, kReasonUrl);
}

absl::Status BadField(std::string_view field, std::string_view limit) {
  const std::string message = absl::StrCat(std::string(field), ": ", std::string(limit));
  return Because(With(absl::InvalidArgumentError(message), kFieldUrl, field), "FIELD_INVALID");
}

std::string FieldOf(const absl::Status& status) {
  return PayloadOf(status, kFieldUrl);
}

absl::Status RetryAfter(absl::Status status, absl::Duration delay) {
  return With(std::move(status), kRetryUrl, absl::StrCat(absl::ToInt64Microseconds(delay)));
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  std::int64_t micros = 0;
  if (!absl::SimpleAtoi(PayloadOf(status, kRetryUrl), &micros)) return std::nullopt;
  return absl::Microseconds(micros);
}

}  // namespace candor
