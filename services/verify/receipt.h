// Checks a receipt offline: the bytes of a leaf and the proof file beside them.
//
// Pure functions; any thread may call.
// Source: ledger format, sections 4, 5 and 10; C2SP tlog-proof.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/core/leaf/leaf.h"
#include "services/core/tlog/checkpoint.h"
#include "services/verify/finding.h"

namespace candor::verify {

struct ReceiptVerdict {
  // The leaf hashes into a checkpoint that is signed by an expected key. It does not say
  // that what the leaf claims is true, nor that nothing was left out.
  bool intact = false;
  std::vector<Finding> findings;   // Why not intact.
  std::vector<Finding> malformed;  // Breaches of the format by the writer; intact or not.

  core::Checkpoint checkpoint;  // Set when the signature is good.
  core::Leaf leaf;              // Set when `malformed` is empty.
  std::uint64_t position = 0;   // Set when the proof could be read.
};

// `expected_origin` empty: that of any of the keys. Which keys a ledger's own `key`
// leaves allow at that size can't be told from one leaf: the keys must come from
// somewhere that the caller trusts.
ReceiptVerdict VerifyReceipt(std::string_view leaf_bytes, std::string_view proof_text,
                             const std::vector<core::VerifierKey>& keys,
                             std::string_view expected_origin = {});

}  // namespace candor::verify
