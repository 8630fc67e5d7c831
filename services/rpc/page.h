// Pages of lists.
//
// Pure functions; any thread may call.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/bytes.h"
#include "services/base/id.h"
#include "services/base/status.h"

namespace candor::rpc {

inline absl::Status BadPageToken() {
  return BadField("page_token", "must be a token of an earlier page");
}

// How many items a page holds at most, when `asked` were asked for.
inline int PageSize(int asked, int usual = 50) {
  constexpr int kMost = 1000;
  return asked == 0 ? usual : std::min(asked, kMost);
}

// Gives `add` one page of `rows`, which lie in the order of the texts that `key` gives, each
// another. Returns the token of the next page, which is the key of the last row; empty when
// there is none. `is_key` says whether a token may be one.
template <typename Rows, typename Key, typename IsKey, typename Request, typename Add>
absl::StatusOr<std::string> AddPage(const Rows& rows, Key key, IsKey is_key, const Request& request, Add add) {
  std::string last = request.page_token();
  if (!last.empty() && !is_key(last)) return BadPageToken();
  const int size = PageSize(request.page_size());
  int added = 0;
  for (const auto& row : rows) {
    std::string text = key(row);
    if (text <= last) continue;
    if (added++ == size) return last;
    CANDOR_RETURN_IF_ERROR(add(row));
    last = std::move(text);
  }
  return std::string();
}

// The same of rows in the order of an id.
template <typename Row, typename Request, typename Add>
absl::StatusOr<std::string> AddPage(const std::vector<Row>& rows, Uuid Row::*id,
                                    const Request& request, Add add) {
  return AddPage(
      rows, [id](const Row& row) { return (row.*id).ToText(); },
      [](const std::string& token) { return Uuid::FromText(token).has_value(); }, request, add);
}

// Keys of rows that lie newest first: the higher the position, the lower the text.
inline std::string NewestFirst(std::uint64_t position) {
  std::string bytes;
  AppendBigEndian64(~position, bytes);
  return ToHex(AsBytes(bytes));
}
inline bool IsNewestFirst(std::string_view token) {
  const auto bytes = FromHex(token);
  return bytes && bytes->size() == 8 && ToHex(*bytes) == token;
}

// And back, of such a token.
inline std::uint64_t PositionOf(std::string_view token) {
  std::uint64_t position = 0;
  for (const std::uint8_t byte : FromHex(token).value_or(Bytes())) position = position << 8 | byte;
  return ~position;
}

}  // namespace candor::rpc
