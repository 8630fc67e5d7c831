// Evidence of erasures: for each destroyed section 32 random bytes, which make its item in the
// erasure leaf, kept sealed; and the proofs that follow from it.
//
// Source: ledger format, section 3.5. A value; distinct ones may be used by distinct threads.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/core/commit/erasure.h"
#include "services/store/erasures.h"
#include "services/vault/keyring.h"

namespace candor::vault {

// What makes the items of the destroyed sections of one leaf, by section. Empty: nothing but the
// fingerprint of the request was destroyed.
using Evidence = std::vector<std::pair<std::string, Digest>>;

// New random bytes for each section.
Evidence MakeEvidence(const std::vector<std::string>& sections);

Bytes ToBytes(const Evidence& evidence);

struct ProvedErased {
  std::string section;
  std::uint64_t erasure = 0;  // Position of the erasure leaf.
  Digest k;
  core::ErasureProof proof;
};

// The evidence of some erasures, each whole. Reading it is safe for many threads.
class ErasureProofs {
 public:
  // Takes a leaf that was erased; all of an erasure before the first question about it. Errors:
  // kDataLoss when its evidence was altered.
  absl::Status Take(const Keyring& keyring, const std::string& origin, const store::ErasedLeaf& leaf);

  // After the last one.
  void Finish();

  // Items and root of each erasure, by its position.
  std::map<std::uint64_t, core::ErasureFacts> Facts() const;

  // What the leaf at `position` lost; a section without a name: only the fingerprint.
  std::vector<ProvedErased> Of(std::uint64_t position) const;

 private:
  struct Lost {
    std::uint64_t erasure = 0;
    std::string leaf_id;
    Evidence evidence;
  };
  std::multimap<std::uint64_t, Lost> lost_;  // By position.
  std::map<std::uint64_t, std::vector<Digest>> items_;  // By erasure, until Finish.
  std::map<std::uint64_t, core::ErasureTree> trees_;
};

// What the leaf at `position` lost, proved. `connection` in a role that reads sealed rows. Errors:
// kDataLoss VERIFICATION_FAILED.
absl::StatusOr<std::vector<ProvedErased>> ErasedOf(store::Connection& connection, const Keyring& keyring,
                                                   const Uuid& tenant, const std::string& origin,
                                                   std::uint64_t position);

}  // namespace candor::vault
