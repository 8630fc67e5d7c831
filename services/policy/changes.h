// The changes of a TRANSFORM made: what the caller's own input looks like with them.
//
// Pure functions; any thread may call.
// Source: JSON Pointer, RFC 6901. The caller's numbers pass as doubles and 64-bit integers.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/policy/engine.h"

namespace candor::policy {

// The section `changes` of the leaf: {"amount"?, "changes":[{"path","value"?}], "inputs"?}, the
// last two with the caller's kind of JSON in `raw`; canonical. `inputs` is `inputs_json` with
// the changes made, `amount` the amount. So the leaf's commitment binds both. Errors:
// kFailedPrecondition for a place that is not there, an item of a list that would go, an amount
// that was not asked for, or a result beyond 256 KiB, or with all other sections beyond 1 MiB.
absl::StatusOr<std::string> MakeChanges(const Input& input, const std::vector<Change>& changes);

}  // namespace candor::policy
