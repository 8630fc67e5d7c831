#include "clients/cli/errors.h"

#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/output.h"

namespace candor::cli {
namespace {

constexpr const char* kNextUrl = "candor/next";
constexpr const char* kFieldsUrl = "candor/fields";
constexpr const char* kFromServerUrl = "candor/from_server";
constexpr const char* kAfterField = "\x1f";
constexpr const char* kAfterProblem = "\x1e";

std::string PayloadOf(const absl::Status& status, const char* url) {
  const auto payload = status.GetPayload(url);
  return payload ? std::string(*payload) : std::string();
}

struct Advice {
  std::string_view reason;
  std::string_view next;
};

// By the reason of the error: what a person can do about it.
constexpr auto kByReason = std::to_array<Advice>({
    {"FIELD_INVALID", "correct the field named above and repeat"},
    {"INVALID_FIELD", "correct the field named above and repeat"},
    {"TOO_LARGE", "send less, or in several calls"},
    {"REQUEST_ID_REUSED",
     "leave --request-id out for a new request, or repeat exactly what it named before"},
    {"SEQUENCE_REUSED", "give the call the next number of its producer"},
    {"NAME_TAKEN", "choose another name, or use the one that is there"},
    {"NOT_FOUND", "check the id, and that the key belongs to the right tenant"},
    {"WRONG_STATE", "look at its present state first; it may be done already"},
    {"ERASED",
     "nothing: what this request recorded was erased since; the position stands in the ledger"},
    {"LEDGER_READ_ONLY",
     "run `candor verify ledger`, keep what it prints, and decide as the operator"},
    {"QUEUE_FULL", "wait, then repeat with the same --request-id"},
    {"STORE_UNAVAILABLE", "see that PostgreSQL runs and has room on its disk, then repeat"},
    {"KEYS_UNAVAILABLE", "see that the server can read its key folder, then repeat"},
    {"OPERATOR_KEY_UNUSABLE",
     "give the folder of this installation, or bring it back with `candor keys restore`"},
    {"CREDENTIAL_INVALID",
     "check the file given with --key-file: it holds one line that begins with candor_"},
    {"ROLE_MISSING",
     "use the key of a principal whose roles include this; `candor principal list` shows them"},
    {"RIGHT_MISSING",
     "use the key of a principal whose roles include this; `candor principal list` shows them"},
    {"VERIFICATION_FAILED", "stop, keep everything as it is, and run `candor verify ledger`"},
    {"NOT_BUILT", "update the server; this version does not do it yet"},
    {"INTERNAL", "report it, with the server's log of this moment"},
});

std::string_view ByCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return "check the file given with --key-file";
    case absl::StatusCode::kPermissionDenied:
      return "use a key with more roles";
    case absl::StatusCode::kUnimplemented:
      return "update the server; this version does not do it yet";
    case absl::StatusCode::kResourceExhausted:
      return "wait, then repeat";
    case absl::StatusCode::kAborted:
      return "repeat at once";
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDeadlineExceeded:
      return "repeat; nothing is recorded twice under one --request-id";
    case absl::StatusCode::kInternal:
      return "report it, with the server's log of this moment";
    default:
      return {};
  }
}

}  // namespace

absl::Status Advise(absl::Status error, std::string_view next) {
  if (!error.ok()) error.SetPayload(kNextUrl, absl::Cord(std::string(next)));
  return error;
}

absl::Status Unusable(std::string_view what, std::string_view next) {
  return Advise(absl::FailedPreconditionError(std::string(what)), next);
}

std::string NextStepOf(const absl::Status& error) {
  if (std::string next = PayloadOf(error, kNextUrl); !next.empty()) return next;
  std::string next(ByCode(error.code()));
  const std::string reason = ReasonOf(error);
  for (const Advice& advice : kByReason) {
    if (advice.reason == reason) next = advice.next;
  }
  if (const auto delay = RetryDelayOf(error)) {
    absl::StrAppend(&next, next.empty() ? "" : "; ", "the server asks to wait ",
                    absl::FormatDuration(*delay));
  }
  return next;
}

std::vector<FieldProblem> FieldProblemsOf(const absl::Status& error) {
  std::vector<FieldProblem> problems;
  const std::string text = PayloadOf(error, kFieldsUrl);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t middle = text.find(kAfterField, at), end = text.find(kAfterProblem, middle);
    problems.push_back({text.substr(at, middle - at), text.substr(middle + 1, end - middle - 1)});
    at = end + 1;
  }
  return problems;
}

absl::Status OfField(absl::Status error, const FieldProblem& problem) {
  const std::string before = PayloadOf(error, kFieldsUrl);
  error.SetPayload(kFieldsUrl, absl::Cord(absl::StrCat(before, problem.field, kAfterField, problem.what, kAfterProblem)));
  return error;
}

absl::Status FromServer(absl::Status error) {
  error.SetPayload(kFromServerUrl, absl::Cord("1"));
  return error;
}

bool MayRepeat(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

std::string CodeName(absl::StatusCode code) {
  return absl::StatusCodeToString(code);
}

absl::Status AsFailed(absl::Status error) {
  if (error.ok()) return error;
  // Told in full before what it is told by goes away.
  error = Advise(std::move(error), NextStepOf(error));
  error.ErasePayload(kFromServerUrl);
  return error;
}

int ExitOf(const absl::Status& error) {
  const bool answered = !PayloadOf(error, kFromServerUrl).empty();
  return answered && !MayRepeat(error) && !absl::IsInternal(error) ? kRefused : kFailed;
}

}  // namespace candor::cli
