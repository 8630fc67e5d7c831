// Errors as a person meets them: what is wrong, and what to do next.
//
// Pure functions; any thread may call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/base/status.h"

namespace candor::cli {

// Attaches the next step to an error that the program itself makes.
absl::Status Advise(absl::Status error, std::string_view next);

// An error of the command line itself, of kFailed, with its next step.
absl::Status Unusable(std::string_view what, std::string_view next);

// What to do next: what was attached, or what the error's reason and code say.
std::string NextStepOf(const absl::Status& error);

struct FieldProblem {
  std::string field;
  std::string what;
};
std::vector<FieldProblem> FieldProblemsOf(const absl::Status& error);
// Adds one more.
absl::Status OfField(absl::Status error, const FieldProblem& problem);

// Marks what the server answered, apart from what the program found out by itself.
absl::Status FromServer(absl::Status error);

// Whether a repetition with the same request id is harmless and may succeed.
bool MayRepeat(const absl::Status& error);

// `PERMISSION_DENIED` and so on.
std::string CodeName(absl::StatusCode code);

// The same error as one of kFailed, where a refusal would read as an answer.
absl::Status AsFailed(absl::Status error);

// kRefused where the server answered that it will not; kFailed for all else.
int ExitOf(const absl::Status& error);

}  // namespace candor::cli
