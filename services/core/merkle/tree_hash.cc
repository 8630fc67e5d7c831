#include "services/core/merkle/tree_hash.h"

#include "services/crypto/sha256.h"

namespace candor::core {

Digest HashLeaf(BytesView entry) {
  constexpr std::uint8_t kLeaf = 0x00;
  return crypto::Sha256({BytesView(&kLeaf, 1), entry});
}

Digest HashNode(const Digest& left, const Digest& right) {
  constexpr std::uint8_t kNode = 0x01;
  return crypto::Sha256({BytesView(&kNode, 1), left.view(), right.view()});
}

Digest EmptyRoot() {
  return crypto::Sha256(BytesView());
}

}  // namespace candor::core
