#include "examples/mortgages/component.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "examples/mortgages/requests.h"

namespace mortgages {
namespace {

using candor::v1::AuthorizeResponse;

// A leaf is canonical JSON: a member stands in it in exactly one way.
std::string Member(absl::string_view name, absl::string_view value) {
  return absl::StrCat("\"", name, "\":\"", value, "\"");
}

std::string VerdictMember(candor::v1::Verdict verdict) {
  const std::string name = candor::v1::Verdict_Name(verdict);
  return Member("verdict", absl::AsciiStrToLower(absl::StripPrefix(name, "VERDICT_")));
}

// What is asked of a caller and not understood counts as a denial. Recording the outcome
// is all that this component can promise.
bool Honours(const AuthorizeResponse& answer) {
  for (const candor::v1::Obligation& obligation : answer.obligations()) {
    if (obligation.type() != candor::v1::OBLIGATION_TYPE_RECORD_OUTCOME_BY) return false;
  }
  return true;
}

absl::Status Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

}  // namespace

absl::Status Component::Run(const std::vector<Application>& applications, int in_flight) {
  const auto work = [&] {
    for (std::size_t i = next_++; i < applications.size(); i = next_++) {
      const absl::Status status = Take(applications[i]);
      if (!status.ok()) {
        next_ = applications.size();
        absl::MutexLock lock(&mutex_);
        failure_.Update(absl::Status(
            status.code(),
            absl::StrCat("application ", applications[i].number, ": ", status.message())));
        return;
      }
      ++done_;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < in_flight; ++i) threads.emplace_back(work);
  }
  absl::MutexLock lock(&mutex_);
  return failure_;
}

Counts Component::counts() const {
  absl::MutexLock lock(&mutex_);
  return counts_;
}

absl::Status Component::Take(const Application& application) {
  // The score is the component's proposal. It becomes a decision only once the gate
  // allows it.
  const absl::StatusOr<Decision> decision = card_.Decide(application);
  if (!decision.ok()) return decision.status();

  const candor::v1::AuthorizeRequest ask = Authorize(application, card_, *decision);
  const absl::StatusOr<AuthorizeResponse> answer = gate_.Authorize(ask);
  if (!answer.ok()) return answer.status();
  absl::Status status = Keep(answer->receipt(), ask.request_id(), VerdictMember(answer->verdict()));
  if (!status.ok()) return status;
  status = Decide(application, *decision, *answer);
  if (!status.ok()) return status;

  // Whoever decided in the end: the bank's own decision is what came of it.
  const candor::v1::RecordResultRequest truth = Result(application, *answer);
  const absl::StatusOr<candor::v1::RecordResultResponse> result = gate_.RecordResult(truth);
  if (!result.ok()) return result.status();
  Count(&Counts::results);
  return Keep(result->receipt(), truth.request_id(), Member("ground_truth", truth.ground_truth()));
}

absl::Status Component::Decide(const Application& application, const Decision& decision,
                               const AuthorizeResponse& answer) {
  if (answer.verdict() == candor::v1::VERDICT_ESCALATE) {
    Count(&Counts::escalated);  // The review is open; a human decides.
    return absl::OkStatus();
  }
  const bool allowed = answer.verdict() == candor::v1::VERDICT_ALLOW;
  if (!allowed || !Honours(answer)) {
    Count(&Counts::refused);
    if (!allowed && answer.verdict() != candor::v1::VERDICT_TRANSFORM) return absl::OkStatus();
    const candor::v1::CancelRequest back = Cancel(application, answer);
    const absl::StatusOr<candor::v1::CancelResponse> cancelled = gate_.Cancel(back);
    if (!cancelled.ok()) return cancelled.status();
    return Keep(cancelled->receipt(), back.request_id(),
                Member("authorization", answer.authorization_id()));
  }
  Count(&Counts::authorized);

  const candor::v1::RecordRequest record = Record(application, card_, decision, answer);
  const absl::StatusOr<candor::v1::RecordResponse> outcome = gate_.Record(record);
  if (!outcome.ok()) return outcome.status();
  Count(&Counts::recorded);
  if (outcome->marks_size() > 0) Count(&Counts::marked);
  return Keep(outcome->receipt(), record.request_id(), Member("outcome", record.outcome().code()));
}

absl::Status Component::Keep(const candor::v1::Receipt& receipt, const std::string& request_id,
                             const std::string& expected) {
  const std::string& leaf = receipt.leaf();
  if (!absl::StrContains(leaf, Member("request", request_id)) ||
      !absl::StrContains(leaf, expected)) {
    return absl::DataLossError(absl::StrCat("the receipt at position ", receipt.position(),
                                            " is not that of the request: ", expected,
                                            " is not in it"));
  }
  Count(&Counts::receipts);
  if (receipts_.empty()) return absl::OkStatus();
  const nlohmann::json parsed = nlohmann::json::parse(leaf, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || !parsed.contains("id") || !parsed["id"].is_string()) {
    return absl::DataLossError(
        absl::StrCat("the leaf at position ", receipt.position(), " has no id"));
  }
  const std::string stem = absl::StrCat(receipts_, "/", parsed["id"].get<std::string>());
  const absl::Status status = Write(absl::StrCat(stem, ".leaf.json"), leaf);
  if (!status.ok()) return status;
  return Write(absl::StrCat(stem, ".tlog-proof"), receipt.proof());
}

void Component::Count(std::uint64_t Counts::*count) {
  absl::MutexLock lock(&mutex_);
  ++(counts_.*count);
}

}  // namespace mortgages
