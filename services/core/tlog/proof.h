// The proof file that, with the bytes of a leaf, makes a receipt.
//
// Pure functions over values; any thread may call.
// Source: C2SP tlog-proof; ledger format, section 5, which refuses `extra` lines.
//
//   c2sp.org/tlog-proof@v1
//   index 4
//   xxnl267t1f6zLZ+F5Zf2PQQRai54HGQw51kgTgXcX2E=
//
//   candor.example/test-ledger
//   5
//   …                                     (the checkpoint, verbatim)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::core {

struct Proof {
  std::uint64_t index = 0;
  std::vector<Digest> path;  // Leaf side first; at most 64.
  std::string checkpoint;    // The signed note as it stands; not looked into.
};

std::string ProofText(std::uint64_t index, std::span<const Digest> path,
                      std::string_view checkpoint_note);

// Reads exactly what ProofText writes. Errors: kInvalidArgument.
absl::StatusOr<Proof> ParseProof(std::string_view text);

}  // namespace candor::core
