#include "services/crypto/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace candor::crypto {
namespace {

TEST(FillRandom, FillsEveryByte) {
  // Each of 300 bytes stays zero in 20 tries with a chance of 2^-160.
  std::vector<std::uint8_t> seen(300);
  for (int i = 0; i < 20; ++i) {
    std::vector<std::uint8_t> bytes(seen.size());
    FillRandom(bytes);
    for (std::size_t k = 0; k < seen.size(); ++k) seen[k] |= bytes[k];
  }

  EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 0);
}

TEST(FillRandom, TakesNothingAndMoreThanAMegabyte) {
  std::vector<std::uint8_t> bytes((1 << 20) + 64);
  FillRandom(std::span(bytes).first(0));

  FillRandom(bytes);

  EXPECT_NE(std::count(bytes.end() - 64, bytes.end(), 0), 64);
}

TEST(RandomKey, NeverRepeats) {
  EXPECT_NE(ToHex(RandomKey().view()), ToHex(RandomKey().view()));
  EXPECT_NE(RandomBytes<12>(), RandomBytes<12>());
}

TEST(NewId, IsVersion7OfTheTimeGiven) {
  const absl::Time time = absl::FromUnixMillis(4'000'000'000'000);  // Later than any other test.

  const Uuid id = NewId(time);

  EXPECT_EQ(id.version(), 7);
  EXPECT_TRUE(Uuid::FromText(id.ToText()).has_value());
  EXPECT_EQ(id.ToText().substr(0, 13),
            Uuid::MakeV7(time, RandomBytes<10>()).ToText().substr(0, 13));
}

TEST(NewId, GrowsWithinAMillisecondAndWhenTheClockGoesBack) {
  const absl::Time time = absl::FromUnixMillis(4'100'000'000'000);
  Uuid last = NewId(time);
  for (int i = 0; i < 100'000; ++i) {
    const Uuid next = NewId(i % 2 == 0 ? time : time - absl::Seconds(i));

    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(NewId, GrowsInEveryThreadAndNeverRepeats) {
  constexpr int kEach = 5'000;
  std::vector<std::vector<Uuid>> ids(4);
  std::vector<std::thread> threads;
  for (std::vector<Uuid>& own : ids) {
    threads.emplace_back([&own] {
      for (int i = 0; i < kEach; ++i) own.push_back(NewId(absl::FromUnixMillis(i / 100)));
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::set<Uuid> all;
  for (const std::vector<Uuid>& own : ids) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all.size(), ids.size() * kEach);
}

}  // namespace
}  // namespace candor::crypto
