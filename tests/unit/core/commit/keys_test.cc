#include <gtest/gtest.h>

#include <array>
#include <string>

#include "services/core/commit/lookup.h"
#include "services/core/commit/wrap.h"
#include "services/crypto/seal.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

crypto::Key KeyOf(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(byte);
  return crypto::Key(bytes);
}

constexpr WrapOf kOf = {
    .tenant = "tenant_a", .handle = "ae2800696f8d0936ae445cdacabeeca2", .generation = 10};

TEST(Wrap, IsRfc3394UnderTheKeyOfThePaper) {
  const crypto::Key wrapping = crypto::HkdfExpand(
      KeyOf(1).view(), "candor/wrap/v1\ntenant_a\nae2800696f8d0936ae445cdacabeeca2\n10");

  EXPECT_EQ(Wrap(KeyOf(1), kOf, KeyOf(2)), crypto::WrapKey(wrapping, KeyOf(2)));
}

TEST(Wrap, IsUndoneOnlyForTheSameTenantHandleAndGeneration) {
  const auto wrapped = Wrap(KeyOf(1), kOf, KeyOf(2));
  const auto unwraps = [&](const crypto::Key& parent, const WrapOf& of) {
    return Unwrap(parent, of, wrapped).ok();
  };

  EXPECT_EQ(ToHex(Unwrap(KeyOf(1), kOf, wrapped)->view()), ToHex(KeyOf(2).view()));
  EXPECT_FALSE(unwraps(KeyOf(3), kOf));
  EXPECT_FALSE(unwraps(KeyOf(1),
                       {.tenant = "tenant_b", .handle = kOf.handle, .generation = kOf.generation}));
  EXPECT_FALSE(unwraps(KeyOf(1), {.tenant = kOf.tenant,
                                  .handle = "00000000000000000000000000000000",
                                  .generation = kOf.generation}));
  EXPECT_FALSE(unwraps(KeyOf(1), {.tenant = kOf.tenant, .handle = kOf.handle, .generation = 1}));
  EXPECT_FALSE(Unwrap(KeyOf(1), kOf, BytesView(wrapped).first(32)).ok());
}

TEST(WrapDeathTest, AbortsForALabelThatCouldMeanAnotherUse) {
  EXPECT_DEATH(Wrap(KeyOf(1), {.tenant = "a", .handle = "short", .generation = 1}, KeyOf(2)),
               "IsHandle");
  EXPECT_DEATH(Wrap(KeyOf(1), {.tenant = "a", .handle = kOf.handle, .generation = 0}, KeyOf(2)),
               "generation");
  EXPECT_DEATH(Wrap(KeyOf(1), {.tenant = "a\nb", .handle = kOf.handle, .generation = 1}, KeyOf(2)),
               "tenant");
}

TEST(Lookup, IsAnotherForEachUse) {
  const crypto::Key key = KeyOf(7);
  const crypto::Key conversation = crypto::HkdfExpand(key.view(), "candor/conversation/v1");
  const crypto::Key term = crypto::HkdfExpand(key.view(), "candor/term/v1");

  EXPECT_EQ(PersonLookup(key, "c-1"), crypto::HmacSha256(key.view(), {AsBytes("c-1")}));
  EXPECT_EQ(ConversationLookup(key, "c-1"),
            crypto::HmacSha256(conversation.view(), {AsBytes("c-1")}));
  EXPECT_EQ(TermLookup(key, "c-1"), crypto::HmacSha256(term.view(), {AsBytes("c-1")}));
}

TEST(Lookup, FoldsNothing) {
  EXPECT_NE(PersonLookup(KeyOf(7), "a"), PersonLookup(KeyOf(7), "A"));
  EXPECT_NE(PersonLookup(KeyOf(7), "a"), PersonLookup(KeyOf(7), " a"));
}

TEST(LookupDeathTest, TakesOneTo256Bytes) {
  EXPECT_FALSE(IsReference(""));
  EXPECT_TRUE(IsReference("x"));
  EXPECT_TRUE(IsReference(std::string(256, 'x')));
  EXPECT_FALSE(IsReference(std::string(257, 'x')));
  EXPECT_DEATH(PersonLookup(KeyOf(7), ""), "IsReference");
}

TEST(Fingerprint, IsKeyedByTheDataKey) {
  const crypto::Key key = crypto::HkdfExpand(KeyOf(1).view(), "candor/request/v1");

  EXPECT_EQ(Fingerprint(KeyOf(1), "{}"), crypto::HmacSha256(key.view(), {AsBytes("{}")}));
  EXPECT_NE(Fingerprint(KeyOf(1), "{}"), Fingerprint(KeyOf(2), "{}"));
}

}  // namespace
}  // namespace candor::core
