#include "services/core/chain/chain.h"

#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

constexpr std::uint8_t kLink = 0x02;

}  // namespace

Digest ChainStart(std::string_view origin) {
  return crypto::Sha256({BytesView(&kLink, 1), AsBytes("candor/chain/v1\n"), AsBytes(origin)});
}

Digest ChainNext(const Digest& previous, const Digest& leaf_hash) {
  return crypto::Sha256({BytesView(&kLink, 1), previous.view(), leaf_hash.view()});
}

}  // namespace candor::core
