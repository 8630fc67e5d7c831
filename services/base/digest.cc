#include "services/base/digest.h"

#include <algorithm>

namespace candor {

std::optional<Digest> Digest::FromBytes(BytesView view) {
  Digest digest;
  if (view.size() != digest.bytes.size()) return std::nullopt;
  std::copy(view.begin(), view.end(), digest.bytes.begin());
  return digest;
}

std::optional<Digest> Digest::FromBase64(std::string_view text) {
  constexpr std::size_t kLength = 44;  // Of 32 bytes; asked first, so that nothing long is decoded.
  if (text.size() != kLength) return std::nullopt;
  const std::optional<Bytes> bytes = candor::FromBase64(text);
  return bytes ? FromBytes(*bytes) : std::nullopt;
}

}  // namespace candor
