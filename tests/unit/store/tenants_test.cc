#include "services/store/tenants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/stored_ledger.h"

namespace candor::store {
namespace {

using ::candor::testing::Session;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Tenants : public StoredLedger {
 protected:
  static NewTenant Made(const std::string& origin) {
    NewTenant made{.tenant_id = NewUuid(),
                   .origin = origin,
                   .request_id = NewUuid(),
                   .keys = {},
                   .head = {},
                   .checkpoint = std::string(64, '-')};
    made.head.time = At(0);
    return made;
  }

  void Write(std::vector<SideRow> side) {
    const absl::Status status =
        AppendRows({RowOf("{}")}, [&](Batch& batch) { batch.side = std::move(side); });
    ASSERT_TRUE(status.ok()) << status;
  }

  static SideRow Principal(const Uuid& id, const std::string& code) {
    return {SideRow::Table::kPrincipal, {id.ToText(), "component", code, "{component}"}};
  }
  static SideRow ApiKey(const Uuid& id, const Uuid& principal, const Digest& secret,
                        const std::string& expires = "infinity") {
    return {SideRow::Table::kApiKey, {id.ToText(), principal.ToText(), secret.ToHex(), expires}};
  }
  static SideRow Revocation(const Uuid& id) { return {SideRow::Table::kRevocation, {id.ToText()}}; }
};

TEST_F(Tenants, AreListedWithTheirLedger) {
  const NewTenant second = Made("b.example/c");
  ASSERT_TRUE(InsertTenant(writer_, second).ok());

  const auto tenants = ListTenants(reader_);

  ASSERT_TRUE(tenants.ok()) << tenants.status();
  ASSERT_EQ(tenants->size(), 2U);
  const TenantRow& row = tenants->at(0).tenant_id == tenant_ ? tenants->at(1) : tenants->at(0);
  EXPECT_EQ(row.origin, "b.example/c");
  EXPECT_EQ(row.request_id, second.request_id);
  EXPECT_EQ(ReadCheckpoint(reader_, second.tenant_id)->note, second.checkpoint);
}

TEST_F(Tenants, ShareNoOriginAndNoRequest) {
  const NewTenant first = Made("b.example/c");
  NewTenant same_origin = Made("b.example/c"), same_request = Made("c.example/d");
  same_request.request_id = first.request_id;
  ASSERT_TRUE(InsertTenant(writer_, first).ok());

  EXPECT_EQ(InsertTenant(writer_, same_origin).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(InsertTenant(writer_, same_request).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ListTenants(reader_)->size(), 2U);
}

TEST_F(Tenants, AreMadeWholeOrNotAtAll) {
  NewTenant made = Made("b.example/c");
  made.checkpoint = "too short";

  EXPECT_EQ(InsertTenant(writer_, made).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ListTenants(reader_)->size(), 1U);
}

TEST_F(Tenants, GiveEveryKeyOfEachPurpose) {
  Session(address_.url)
      .Run(
          "INSERT INTO tenant_keys (tenant_id, purpose, number, handle, generation, wrapped) "
          "SELECT tenant_id, 'data', 2, handle, 3, "
          "decode(repeat('22', 40), 'hex') FROM tenant_keys WHERE purpose = 'data'");

  const auto keys = TenantKeys(writer_, tenant_);

  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 5U);
  EXPECT_EQ(keys->at({"data", 1}).key.generation, 1U);
  EXPECT_EQ(keys->at({"data", 2}).key.generation, 3U);
  EXPECT_EQ(keys->at({"data", 2}).key.wrapped[39], 0x22);
  EXPECT_EQ(keys->at({"ledger", 1}).key.generation, 1U);
}

TEST_F(Tenants, BeginWithoutLimitsAndCodes) {
  const auto settings = Settings(reader_, tenant_);

  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->limits.amount, "");
  EXPECT_GT(settings->limits.authorization_seconds, 0);
  EXPECT_THAT(settings->catalogue, IsEmpty());
}

TEST_F(Tenants, GoByTheLimitsThatWereSetLast) {
  using Table = SideRow::Table;
  Write({{Table::kLimits, {"900", "eur", "0.1", "60", "120"}, 0}});
  Write({{Table::kLimits, {"10", "usd", "", "61", "121"}, 1}});

  const auto settings = Settings(reader_, tenant_);

  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->limits.amount, "10");
  EXPECT_EQ(settings->limits.currency, "usd");
  EXPECT_EQ(settings->limits.confidence, "");
  EXPECT_EQ(settings->limits.authorization_seconds, 61);
  EXPECT_EQ(settings->limits.outcome_seconds, 121);
}

TEST_F(Tenants, HaveTheirOwnCodesAndNobodyElses) {
  using Table = SideRow::Table;
  const Uuid other = AddTenant("other.example/b");
  Write({{Table::kCatalogue, {"action", "pay"}},
         {Table::kCatalogue, {"action", "refund"}},
         {Table::kCatalogue, {"outcome", "paid"}}});

  const auto settings = Settings(reader_, tenant_);

  EXPECT_THAT(settings->catalogue.at("action"), UnorderedElementsAre("pay", "refund"));
  EXPECT_THAT(settings->catalogue.at("outcome"), UnorderedElementsAre("paid"));
  EXPECT_THAT(Settings(reader_, other)->catalogue, IsEmpty());
}

TEST_F(Tenants, FindACredentialWithEverythingBehindIt) {
  const Uuid principal = NewUuid(), key = NewUuid();
  const Digest secret = NewDigest();
  Write({Principal(principal, "bot"), ApiKey(key, principal, secret)});

  const auto found = FindCredential(writer_, key);

  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->tenant_id, tenant_);
  EXPECT_EQ((*found)->secret_hash, secret);
  EXPECT_EQ((*found)->principal.principal_id, principal);
  EXPECT_EQ((*found)->principal.kind, "component");
  EXPECT_EQ((*found)->principal.code, "bot");
  EXPECT_THAT((*found)->principal.roles, ElementsAre("component"));
  EXPECT_FALSE((*found)->principal.revoked);
  EXPECT_EQ(*FindCredential(writer_, NewUuid()), std::nullopt);
}

TEST_F(Tenants, RefuseACredentialThatIsRevokedDisabledOrExpired) {
  const Uuid principal = NewUuid(), disabled = NewUuid();
  const Uuid good = NewUuid(), revoked = NewUuid(), expired = NewUuid(), of_disabled = NewUuid();
  Write({Principal(principal, "bot"), Principal(disabled, "old_bot"),
         ApiKey(good, principal, NewDigest(), "2999-01-01T00:00:00Z"),
         ApiKey(revoked, principal, NewDigest()),
         ApiKey(expired, principal, NewDigest(), "2020-01-01T00:00:00Z"),
         ApiKey(of_disabled, disabled, NewDigest()), Revocation(revoked), Revocation(disabled)});

  EXPECT_FALSE((*FindCredential(writer_, good))->principal.revoked);
  EXPECT_TRUE((*FindCredential(writer_, revoked))->principal.revoked);
  EXPECT_TRUE((*FindCredential(writer_, expired))->principal.revoked);
  EXPECT_TRUE((*FindCredential(writer_, of_disabled))->principal.revoked);
}

TEST_F(Tenants, RefuseACredentialWhoseKeyAndPrincipalAreBothRevoked) {
  const Uuid principal = NewUuid(), key = NewUuid();
  Write({Principal(principal, "bot"), ApiKey(key, principal, NewDigest()), Revocation(key),
         Revocation(principal)});

  EXPECT_TRUE((*FindCredential(writer_, key))->principal.revoked);
}

TEST_F(Tenants, ListPrincipalsAndKeysWithWhatWasRevoked) {
  const Uuid one = NewUuid(), two = NewUuid(), key = NewUuid();
  Write({Principal(one, "one"), Principal(two, "two"), ApiKey(key, one, NewDigest()),
         Revocation(two)});

  const auto principals = Principals(writer_, tenant_);
  const auto keys = ApiKeys(writer_, tenant_);

  ASSERT_TRUE(principals.ok() && principals->size() == 2) << principals.status();
  for (const PrincipalRow& row : *principals) EXPECT_EQ(row.revoked, row.principal_id == two);
  ASSERT_TRUE(keys.ok() && keys->size() == 1) << keys.status();
  EXPECT_EQ(keys->at(0).principal_id, one);
  EXPECT_EQ(keys->at(0).expire_time, absl::InfiniteFuture());
  EXPECT_FALSE(keys->at(0).revoked);
}

TEST_F(Tenants, GiveTheOperatorACredentialOfNoTenant) {
  const Uuid key = NewUuid();
  const Digest secret = NewDigest();
  EXPECT_FALSE(*HasOperatorKey(writer_));
  ASSERT_TRUE(InsertOperatorKey(writer_, key, secret).ok());

  const auto found = FindCredential(writer_, key);

  EXPECT_TRUE(*HasOperatorKey(writer_));
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->tenant_id, std::nullopt);
  EXPECT_EQ((*found)->secret_hash, secret);
  EXPECT_THAT((*found)->principal.roles, ElementsAre("operator"));
}

TEST_F(Tenants, PublishCheckpointsThatOnlyGoForward) {
  const auto note = [](char letter) { return std::string(64, letter); };
  ASSERT_TRUE(PublishCheckpoint(writer_, tenant_, 5, note('a')).ok());
  ASSERT_TRUE(PublishCheckpoint(writer_, tenant_, 5, note('b')).ok());
  ASSERT_TRUE(PublishCheckpoint(writer_, tenant_, 4, note('c')).ok());

  const auto published = ReadCheckpoint(reader_, tenant_);

  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(published->size, 5U);
  EXPECT_EQ(published->note, note('a'));
  EXPECT_EQ(ReadCheckpoint(reader_, NewUuid()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(Tenants, RememberEveryProcessThatMayHaveSigned) {
  const Uuid one = NewUuid(), two = NewUuid();
  for (const Uuid& process : {one, two, one})
    ASSERT_TRUE(AddSigner(writer_, tenant_, process).ok());

  EXPECT_THAT(*Signers(reader_, tenant_), UnorderedElementsAre(one, two));
}

}  // namespace
}  // namespace candor::store
