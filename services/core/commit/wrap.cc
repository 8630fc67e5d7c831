#include "services/core/commit/wrap.h"

#include "absl/strings/str_cat.h"
#include "services/base/check.h"
#include "services/core/text/grammar.h"
#include "services/crypto/seal.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

crypto::Key WrappingKey(const crypto::Key& parent, const WrapOf& of) {
  CANDOR_CHECK(IsHandle(of.handle) && of.generation >= 1);
  CANDOR_CHECK(of.tenant.find('\n') == std::string_view::npos);
  std::string label = "candor/wrap/v1\n";
  label += of.tenant;
  label += '\n';
  label += of.handle;
  absl::StrAppend(&label, "\n", of.generation);
  return crypto::HkdfExpand(parent.view(), label);
}

}  // namespace

std::array<std::uint8_t, 40> Wrap(const crypto::Key& parent, const WrapOf& of,
                                  const crypto::Key& key) {
  return crypto::WrapKey(WrappingKey(parent, of), key);
}

absl::StatusOr<crypto::Key> Unwrap(const crypto::Key& parent, const WrapOf& of, BytesView wrapped) {
  return crypto::UnwrapKey(WrappingKey(parent, of), wrapped);
}

}  // namespace candor::core
