#include "services/identity/person_tokens.h"

#include <gtest/gtest.h>

#include "services/base/status.h"
#include "services/crypto/sha256.h"

namespace candor::identity {
namespace {

class ManualClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);
};

const Uuid kTenant = *Uuid::FromText("0198aaaa-0000-7000-8000-000000000001");
const Uuid kOther = *Uuid::FromText("0198aaaa-0000-7000-8000-000000000002");

// Each tenant has a key of its own; a third does not exist.
absl::StatusOr<crypto::Key> KeyOf(const Uuid& tenant) {
  if (tenant != kTenant && tenant != kOther) return Because(absl::NotFoundError("no such ledger"), "NOT_FOUND");
  return crypto::HkdfExpand(crypto::Sha256(tenant.view()).view(), "test");
}

class APersonsToken : public ::testing::Test {
 protected:
  PersonToken Valid() const {
    return {.tenant = kTenant, .token = *Uuid::FromText("0198aaaa-0000-7000-8000-00000000000a"),
            .expires = clock_.now + absl::Minutes(15), .person = "customer-1182", .language = "de", .read_only = true};
  }
  bool Counts(const std::string& text) const {
    const auto caller = tokens_.Authenticate(text);
    if (!caller.ok()) {
      EXPECT_TRUE(absl::IsUnauthenticated(caller.status())) << caller.status();
      EXPECT_EQ(ReasonOf(caller.status()), "CREDENTIAL_INVALID");
    }
    return caller.ok();
  }

  ManualClock clock_;
  const PersonTokens tokens_{&KeyOf, clock_};
};

TEST_F(APersonsToken, SaysWhoItIsForAndGivesTheRoleOfAPersonAlone) {
  const auto caller = tokens_.Authenticate(*tokens_.Make(Valid()));

  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->tenant, kTenant);
  EXPECT_EQ(caller->principal, Valid().token);
  EXPECT_EQ(caller->person, "customer-1182");
  EXPECT_EQ(caller->language, "de");
  EXPECT_TRUE(caller->read_only);
  EXPECT_EQ(caller->roles, domain::Bit(domain::Role::kPerson));
}

TEST_F(APersonsToken, CarriesAnyReferenceByteByByte) {
  for (const std::string& person : {std::string("x"), std::string(256, '\xff'), std::string("a\0b", 3)}) {
    PersonToken token = Valid();
    token.person = person;
    token.language.clear();
    const auto caller = tokens_.Authenticate(*tokens_.Make(token));
    ASSERT_TRUE(caller.ok());
    EXPECT_EQ(caller->person, person);
    EXPECT_EQ(caller->language, "");
  }
}

TEST_F(APersonsToken, TellsNobodyWhoseItIs) {
  const std::string text = *tokens_.Make(Valid());
  EXPECT_EQ(text.find("customer"), std::string::npos);
  EXPECT_EQ(text.find(ToHex(AsBytes("customer-1182"))), std::string::npos);
}

TEST_F(APersonsToken, CountsNoMoreWhenAnyCharacterOfItWasAltered) {
  const std::string text = *tokens_.Make(Valid());
  ASSERT_TRUE(Counts(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = altered[i] == '0' ? '1' : '0';
    EXPECT_EQ(IsPersonToken(altered), i >= 14) << i;
    EXPECT_FALSE(Counts(altered)) << i;
  }
}

TEST_F(APersonsToken, CountsNoMoreCutShortOrMadeLonger) {
  const std::string text = *tokens_.Make(Valid());
  for (std::size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(Counts(text.substr(0, length))) << length;
  EXPECT_FALSE(Counts(text + "00"));
  EXPECT_FALSE(Counts(text + std::string(100'000, '0')));
}

TEST_F(APersonsToken, CountsUntilItsTimeIsOverAndNotThen) {
  const std::string text = *tokens_.Make(Valid());
  clock_.now = Valid().expires - absl::Microseconds(1);
  EXPECT_TRUE(Counts(text));
  clock_.now = Valid().expires;
  EXPECT_FALSE(Counts(text));
}

TEST_F(APersonsToken, CountsForNoOtherTenant) {
  std::string text = *tokens_.Make(Valid());
  for (const Uuid& tenant : {kOther, *Uuid::FromText("0198aaaa-0000-7000-8000-000000000003")}) {
    EXPECT_FALSE(Counts(text.replace(14, 32, ToHex(tenant.view()))));
  }
}

TEST_F(APersonsToken, IsAnotherOneEachTime) {
  EXPECT_NE(*tokens_.Make(Valid()), *tokens_.Make(Valid()));
}

}  // namespace
}  // namespace candor::identity
