#include "services/crypto/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <type_traits>

namespace candor::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<Key>);
static_assert(!std::is_copy_assignable_v<Key>);

bool IsZero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

Key Filled(std::uint8_t byte) {
  Key key;
  std::ranges::fill(key.fill(), byte);
  return key;
}

TEST(Secret, IsOverwrittenWhereItWasMovedFrom) {
  Key from = Filled(7);
  Key assigned;

  const Key to = std::move(from);
  Key other = Filled(8);
  assigned = std::move(other);

  EXPECT_EQ(to.view()[31], 7);
  EXPECT_EQ(assigned.view()[31], 8);
  EXPECT_TRUE(IsZero(from.view()));   // NOLINT(bugprone-use-after-move): the point of it.
  EXPECT_TRUE(IsZero(other.view()));  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, IsClonedOnlyByName) {
  const Key key = Filled(9);

  const Key clone = key.Clone();

  EXPECT_TRUE(std::ranges::equal(clone.view(), key.view()));
}

TEST(Secret, CleansesAnyBytes) {
  std::array<std::uint8_t, 5> bytes = {1, 2, 3, 4, 5};

  Cleanse(std::span(bytes).first(4));

  EXPECT_EQ(bytes, (std::array<std::uint8_t, 5>{0, 0, 0, 0, 5}));
}

}  // namespace
}  // namespace candor::crypto
