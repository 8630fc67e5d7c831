#include "services/vault/evidence.h"

#include "services/base/status.h"
#include "services/crypto/random.h"

namespace candor::vault {
namespace {

constexpr std::size_t kK = 32;

absl::Status Altered() {
  return Because(absl::DataLossError("the evidence of an erasure was altered: verify the ledger"), "VERIFICATION_FAILED");
}

absl::StatusOr<Evidence> FromBytes(BytesView bytes) {
  Evidence evidence;
  while (!bytes.empty()) {
    const std::size_t name = bytes[0];
    if (bytes.size() < 1 + name + kK) return Altered();
    evidence.emplace_back(std::string(AsText(bytes.subspan(1, name))),
                          *Digest::FromBytes(bytes.subspan(1 + name, kK)));
    bytes = bytes.subspan(1 + name + kK);
  }
  return evidence;
}

}  // namespace

Evidence MakeEvidence(const std::vector<std::string>& sections) {
  Evidence evidence;
  for (const std::string& section : sections) evidence.emplace_back(section, Digest{.bytes = crypto::RandomBytes<kK>()});
  return evidence;
}

Bytes ToBytes(const Evidence& evidence) {
  Bytes bytes;
  for (const auto& [section, k] : evidence) {
    bytes.push_back(static_cast<std::uint8_t>(section.size()));
    bytes.insert(bytes.end(), section.begin(), section.end());
    bytes.insert(bytes.end(), k.bytes.begin(), k.bytes.end());
  }
  return bytes;
}

absl::Status ErasureProofs::Take(const Keyring& keyring, const std::string& origin, const store::ErasedLeaf& leaf) {
  std::vector<Digest>& items = items_[leaf.erasure];
  const auto opened = keyring.OpenEvidence(origin, leaf.position, leaf.erasure, leaf.evidence);
  if (!opened.ok()) return Altered();
  Lost lost{.erasure = leaf.erasure, .leaf_id = leaf.leaf_id.ToText(), .evidence = {}};
  CANDOR_ASSIGN_OR_RETURN(lost.evidence, FromBytes(*opened));
  for (const auto& [section, k] : lost.evidence) items.push_back(core::ErasureItem(k, lost.leaf_id, section));
  lost_.emplace(leaf.position, std::move(lost));
  return absl::OkStatus();
}

void ErasureProofs::Finish() {
  for (auto& [erasure, items] : items_) trees_.emplace(erasure, core::ErasureTree(std::move(items)));
  items_.clear();
}

std::map<std::uint64_t, core::ErasureFacts> ErasureProofs::Facts() const {
  std::map<std::uint64_t, core::ErasureFacts> facts;
  for (const auto& [erasure, tree] : trees_) facts[erasure] = {.items = tree.size(), .root = tree.root()};
  return facts;
}

std::vector<ProvedErased> ErasureProofs::Of(std::uint64_t position) const {
  std::vector<ProvedErased> proved;
  const auto [first, last] = lost_.equal_range(position);
  for (auto at = first; at != last; ++at) {
    const Lost& lost = at->second;
    const core::ErasureTree& tree = trees_.at(lost.erasure);
    if (lost.evidence.empty()) proved.push_back({.section = {}, .erasure = lost.erasure, .k = {}, .proof = {}});
    for (const auto& [section, k] : lost.evidence) {
      proved.push_back({.section = section, .erasure = lost.erasure, .k = k,
                        .proof = *tree.ProofOf(core::ErasureItem(k, lost.leaf_id, section))});
    }
  }
  return proved;
}

absl::StatusOr<std::vector<ProvedErased>> ErasedOf(store::Connection& connection, const Keyring& keyring,
                                                   const Uuid& tenant, const std::string& origin,
                                                   std::uint64_t position) {
  CANDOR_ASSIGN_OR_RETURN(const auto erasures, store::ErasuresOf(connection, tenant, position));
  ErasureProofs proofs;
  for (const std::uint64_t erasure : erasures) {
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::ErasedLeaves(connection, tenant, erasure, erasure + 1));
    for (const store::ErasedLeaf& leaf : leaves) CANDOR_RETURN_IF_ERROR(proofs.Take(keyring, origin, leaf));
  }
  proofs.Finish();
  return proofs.Of(position);
}

}  // namespace candor::vault
