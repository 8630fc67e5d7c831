// The filter language of searches: that of AIP-160, over the fields of domain/terms.
//
//   action = "refund.grant" AND (verdict = deny OR mark = late) AND amount > 100
//   time >= 2026-01-01 -review = upheld            (two conditions side by side: both)
//
// As in AIP-160, OR binds tighter than AND. `:` asks whether a field has a value, and `field:*`
// whether it has any.
//
// A pure function; any thread may call. Takes linear time and no stack, whatever the text.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "services/store/search.h"

namespace candor::flow {

inline constexpr std::size_t kMostFilterBytes = 2048, kMostConditions = 100, kMostFilterDepth = 32;

// An empty text: all decisions. Errors: kInvalidArgument FIELD_INVALID on `filter`, naming the
// character, counted from one, and what to write there.
absl::StatusOr<store::Condition> ParseFilter(std::string_view text);

}  // namespace candor::flow
