// Proofs and roots of any size of a tree, out of the roots of its full subtrees.
//
// Pure functions; any thread may call. Each asks for O(log size) full subtrees, all of
// which lie below `size`; an error of the callback is returned as it is.
// Source: RFC 6962, sections 2.1.1 and 2.1.2.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "services/base/digest.h"
#include "services/core/merkle/compact_range.h"

namespace candor::core {

// The root of the full subtree of 2^level leaves that begins at leaf index * 2^level.
using FullNode = absl::FunctionRef<absl::StatusOr<Digest>(int level, std::uint64_t index)>;

// The path of the leaf in the tree of `size` leaves, leaf side first.
//
// Errors: kInvalidArgument unless index < size.
absl::StatusOr<std::vector<Digest>> ProveInclusion(std::uint64_t index, std::uint64_t size,
                                                   FullNode node);

// The path from the tree of `old_size` leaves to that of `new_size`.
//
// Errors: kInvalidArgument unless 0 < old_size <= new_size.
absl::StatusOr<std::vector<Digest>> ProveConsistency(std::uint64_t old_size, std::uint64_t new_size,
                                                     FullNode node);

absl::StatusOr<Digest> RootAt(std::uint64_t size, FullNode node);
absl::StatusOr<CompactRange> RangeAt(std::uint64_t size, FullNode node);

}  // namespace candor::core
