#include "services/verify/follow.h"

#include <algorithm>

#include "services/core/merkle/inclusion.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"

namespace candor::verify {
namespace {

bool Has(const std::vector<core::VerifierKey>& keys, const core::VerifierKey& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// The announcement that `retired` vouches for under its own key, if there is one.
const KeyChange* Announced(const KeyChange& retired, const std::vector<KeyChange>& changes) {
  const absl::StatusOr<core::Proof> proof = core::ParseProof(retired.handover);
  if (!proof.ok()) return nullptr;
  const auto checkpoint = core::OpenCheckpoint(proof->checkpoint, {retired.key});
  if (!checkpoint.ok() || checkpoint->size > retired.position) return nullptr;
  const auto found = std::find_if(changes.begin(), changes.end(), [&](const KeyChange& change) {
    return change.announced && change.position == proof->index && change.key.name == retired.key.name;
  });
  if (found == changes.end()) return nullptr;
  const core::InclusionProof path = {
      .leaf_index = proof->index, .tree_size = checkpoint->size, .path = proof->path};
  return core::VerifyInclusion(found->leaf_hash, path, checkpoint->root).ok() ? &*found : nullptr;
}

}  // namespace

std::vector<core::VerifierKey> FollowKeys(std::vector<core::VerifierKey> trusted,
                                          const std::vector<KeyChange>& changes) {
  const auto compromised = [&](const core::VerifierKey& key) {
    return std::any_of(changes.begin(), changes.end(), [&](const KeyChange& change) {
      return change.compromised && change.key == key;
    });
  };
  for (std::size_t known = 0; known != trusted.size();) {
    known = trusted.size();
    for (const KeyChange& change : changes) {
      if (change.announced || !Has(trusted, change.key) || compromised(change.key)) continue;
      const KeyChange* const next = Announced(change, changes);
      if (next != nullptr && !Has(trusted, next->key)) trusted.push_back(next->key);
    }
  }
  return trusted;
}

}  // namespace candor::verify
