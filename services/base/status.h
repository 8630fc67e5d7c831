// Early return, and the reason that an error carries to the caller.
//
// Pure values; any thread may call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace candor {

// Attaches `reason`, one of services/base/reason.h, to an error.
absl::Status Because(absl::Status status, std::string_view reason);

// The reason that was attached, or an empty text.
std::string ReasonOf(const absl::Status& status);

// An INVALID_ARGUMENT that names the field, such as "actor.system", and the limit it
// breaks. `limit` never quotes the value.
absl::Status BadField(std::string_view field, std::string_view limit);

// The field that BadField named, or an empty text.
std::string FieldOf(const absl::Status& status);

// Attaches the time after which a repetition may succeed.
absl::Status RetryAfter(absl::Status status, absl::Duration delay);
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

}  // namespace candor

// Returns from the enclosing function if `expr`, an absl::Status, is not OK.
#define CANDOR_RETURN_IF_ERROR(expr) \
  CANDOR_RETURN_IF_ERROR_(CANDOR_CONCAT_(status_, __LINE__), expr)
#define CANDOR_RETURN_IF_ERROR_(status, expr)                      \
  do {                                                             \
    if (absl::Status status = (expr); !status.ok()) return status; \
  } while (false)

// Returns the error of `expr`, an absl::StatusOr<T>, or else gives `lhs` its value.
// Three statements: use it on a line of its own, inside braces.
#define CANDOR_ASSIGN_OR_RETURN(lhs, expr) \
  CANDOR_ASSIGN_OR_RETURN_(CANDOR_CONCAT_(result_, __LINE__), lhs, expr)
#define CANDOR_ASSIGN_OR_RETURN_(result, lhs, expr)    \
  auto result = (expr);                                \
  if (!result.ok()) return std::move(result).status(); \
  lhs = *std::move(result)
#define CANDOR_CONCAT_(a, b) CANDOR_CONCAT_INNER_(a, b)
#define CANDOR_CONCAT_INNER_(a, b) a##b
