// Pages of lists.
//
// Pure functions; any thread may call.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
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

// Gives `add` one page of `rows`, which lie in the order of `id`. Returns the token of the
// next page, which is the id of the last row; empty when there is none.
template <typename Row, typename Request, typename Add>
absl::StatusOr<std::string> AddPage(const std::vector<Row>& rows, Uuid Row::*id,
                                    const Request& request, Add add) {
  std::string last = request.page_token();
  if (!last.empty() && !Uuid::FromText(last)) return BadPageToken();
  const int size = PageSize(request.page_size());
  int added = 0;
  for (const Row& row : rows) {
    std::string text = (row.*id).ToText();
    if (text <= last) continue;
    if (added++ == size) return last;
    CANDOR_RETURN_IF_ERROR(add(row));
    last = std::move(text);
  }
  return std::string();
}

}  // namespace candor::rpc
