#include "services/core/commit/lookup.h"

#include "services/base/check.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

Digest Lookup(const crypto::Key& key, std::string_view reference) {
  CANDOR_CHECK(IsReference(reference));
  return crypto::HmacSha256(key.view(), {AsBytes(reference)});
}

}  // namespace

bool IsReference(std::string_view text) {
  return !text.empty() && text.size() <= 256;
}

Digest PersonLookup(const crypto::Key& lookup_key, std::string_view reference) {
  return Lookup(lookup_key, reference);
}

Digest ConversationLookup(const crypto::Key& lookup_key, std::string_view reference) {
  return Lookup(crypto::HkdfExpand(lookup_key.view(), "candor/conversation/v1"), reference);
}

Digest TermLookup(const crypto::Key& lookup_key, std::string_view reference) {
  return Lookup(crypto::HkdfExpand(lookup_key.view(), "candor/term/v1"), reference);
}

Digest Fingerprint(const crypto::Key& data_key, std::string_view canonical_bytes) {
  const crypto::Key key = crypto::HkdfExpand(data_key.view(), "candor/request/v1");
  return crypto::HmacSha256(key.view(), {AsBytes(canonical_bytes)});
}

}  // namespace candor::core
