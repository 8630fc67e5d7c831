#include "services/rpc/page.h"

#include <gtest/gtest.h>

#include "candor/v1/admin_service.pb.h"

namespace candor::rpc {
namespace {

struct Row {
  Uuid id;
};

std::vector<Row> Rows(int count) {
  std::vector<Row> rows(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    auto& id = rows[static_cast<std::size_t>(i)].id.bytes;
    id[6] = 0x70;  // Version 7.
    id[8] = 0x80;
    id[14] = static_cast<std::uint8_t>(i / 256);
    id[15] = static_cast<std::uint8_t>(i % 256);
  }
  return rows;
}

// The sizes of all pages, one after the other, of a list of `count` rows.
std::vector<int> PagesOf(int count, int page_size) {
  const std::vector<Row> rows = Rows(count);
  v1::ListTenantsRequest request;
  request.set_page_size(page_size);
  std::vector<int> pages;
  int seen = 0;
  do {
    const int before = seen;
    const auto next = AddPage(rows, &Row::id, request, [&](const Row& row) {
      EXPECT_EQ(row.id.ToText(), rows[static_cast<std::size_t>(seen++)].id.ToText());
      return absl::OkStatus();
    });
    EXPECT_TRUE(next.ok());
    request.set_page_token(next.value_or(""));
    pages.push_back(seen - before);
  } while (!request.page_token().empty());
  return pages;
}

TEST(Pages, HoldFiftyUnlessTheCallerSays) {
  EXPECT_EQ(PagesOf(120, 0), (std::vector<int>{50, 50, 20}));
  EXPECT_EQ(PageSize(0, 100), 100);
}

TEST(Pages, HoldWhatTheCallerSaysUpToAThousand) {
  EXPECT_EQ(PagesOf(5, 2), (std::vector<int>{2, 2, 1}));
  EXPECT_EQ(PagesOf(1002, 5000), (std::vector<int>{1000, 2}));
}

TEST(Pages, EndWithTheListAndNotAfterIt) {
  EXPECT_EQ(PagesOf(0, 10), std::vector<int>{0});
  EXPECT_EQ(PagesOf(4, 2), (std::vector<int>{2, 2}));
}

TEST(Pages, AreRefusedForATokenThatNoPageGave) {
  v1::ListTenantsRequest request;
  request.set_page_token("x");

  const auto next =
      AddPage(Rows(1), &Row::id, request, [](const Row&) { return absl::OkStatus(); });

  EXPECT_EQ(FieldOf(next.status()), "page_token");
}

TEST(Pages, OfWhatIsNewestFirstAreInTheOrderOfTheirKeys) {
  const std::vector<std::uint64_t> positions = {~std::uint64_t{0}, 1'000'000, 256, 255, 16, 9, 1, 0};
  v1::ListTenantsRequest request;
  request.set_page_size(3);
  std::vector<std::uint64_t> seen;
  do {
    const auto next = AddPage(positions, NewestFirst, IsNewestFirst, request, [&](std::uint64_t position) {
      seen.push_back(position);
      return absl::OkStatus();
    });
    ASSERT_TRUE(next.ok()) << next.status();
    request.set_page_token(*next);
  } while (!request.page_token().empty());

  EXPECT_EQ(seen, positions);
  for (const char* token : {"", "0", "fffffffffffffffff", "FFFFFFFFFFFFFFFF", "00000000-0000-0000"}) {
    EXPECT_FALSE(IsNewestFirst(token)) << token;
  }
}

TEST(Pages, FailWithTheRowThatCannotBeRead) {
  const auto next = AddPage(Rows(1), &Row::id, v1::ListTenantsRequest(),
                            [](const Row&) { return absl::UnavailableError("away"); });

  EXPECT_EQ(next.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace candor::rpc
