#include "services/vault/keyring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "services/core/commit/section.h"
#include "services/store/reader.h"
#include "services/vault/sections.h"
#include "tests/unit/store/stored_ledger.h"

namespace candor::vault {
namespace {

using ::candor::testing::Session;

class SetClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = store::At(0);
};

// A tenant with real keys, in a real database, and two persons.
class KeyringOfATenant : public store::StoredLedger {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/candor-keys.XXXXXX";
    folder_ = mkdtemp(name.data());
    auto keys = OperatorKeys::Load(folder_, true);
    ASSERT_TRUE(keys.ok()) << keys.status();
    operator_keys_ = std::make_unique<OperatorKeys>(*std::move(keys));
    tenant_ = AddRealTenant("a.example/b");
    ring_ = Open(tenant_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Uuid AddRealTenant(const std::string& origin) {
    store::NewTenant made{.tenant_id = store::NewUuid(),
                          .origin = origin,
                          .request_id = store::NewUuid(),
                          .keys = {},
                          .head = {},
                          .checkpoint = std::string(64, '-')};
    made.keys = *MakeTenantKeys(*operator_keys_, made.tenant_id);
    made.head.root = core::EmptyRoot();
    made.head.time = store::At(0);
    EXPECT_TRUE(store::InsertTenant(writer_, made).ok());
    return made.tenant_id;
  }

  // As another process would, after a restart.
  std::unique_ptr<Keyring> Open(const Uuid& tenant) {
    auto ring = Keyring::Open(*operator_keys_, tenant, *store::TenantKeys(writer_, tenant), clock_);
    EXPECT_TRUE(ring.ok()) << ring.status();
    return *std::move(ring);
  }

  FoundKey Resolve(Keyring& ring, const Owner& owner) {
    auto found = ring.Resolve(writer_, {ring.LookupOf(owner)});
    EXPECT_TRUE(found.ok()) << found.status();
    return found->at(0);
  }

  // Stores a fresh key, as the append that uses it first does.
  void Store(const FoundKey& key) {
    const absl::Status status = AppendRows({RowOf("{}")}, [&](store::Batch& batch) {
      batch.persons.push_back({.lookup = key.key->lookup, .key = key.key->wrapped});
    });
    ASSERT_TRUE(status.ok()) << status;
    ring_->Committed(key.key->lookup, key.key->wrapped.handle);
  }

  static bool Same(const crypto::Key& a, const crypto::Key& b) {
    return std::ranges::equal(a.view(), b.view());
  }

  const Owner alice_{.kind = Owner::Kind::kPerson, .reference = "alice"};
  const Owner bob_{.kind = Owner::Kind::kPerson, .reference = "bob"};
  SetClock clock_;
  std::string folder_;
  std::unique_ptr<OperatorKeys> operator_keys_;
  std::unique_ptr<Keyring> ring_;
};

TEST_F(KeyringOfATenant, VouchesForWhatItFoundSinceItWasLastToldToDistrust) {
  const FoundKey fresh = Resolve(*ring_, alice_);
  EXPECT_TRUE(ring_->Vouches(fresh));
  Store(fresh);
  EXPECT_FALSE(ring_->Vouches(fresh));
  const FoundKey stored = Resolve(*ring_, alice_);
  EXPECT_TRUE(ring_->Vouches(stored));

  ring_->Distrust();

  EXPECT_FALSE(ring_->Vouches(stored));
  EXPECT_FALSE(ring_->Vouches(Resolve(*ring_, alice_)));
  EXPECT_TRUE(ring_->Vouches(Resolve(*ring_, bob_)));
  ring_->Drop(stored.key->lookup);
  EXPECT_FALSE(ring_->Vouches(stored));
  EXPECT_TRUE(ring_->Vouches(Resolve(*ring_, alice_)));
}

TEST_F(KeyringOfATenant, ForgetsAKeyWhenAnotherOneOfThatPersonWasStored) {
  const FoundKey mine = Resolve(*ring_, alice_);

  ring_->Committed(mine.key->lookup, crypto::RandomBytes<16>());

  EXPECT_FALSE(ring_->Vouches(mine));
}

TEST_F(KeyringOfATenant, IsNotOpenedByAnotherOperatorsKeys) {
  const auto others = OperatorKeys::Load(folder_ + "/others", true);
  ASSERT_TRUE(others.ok());

  const auto ring = Keyring::Open(*others, tenant_, *store::TenantKeys(writer_, tenant_), clock_);

  EXPECT_EQ(ring.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyringOfATenant, IsNotOpenedWithTheKeysOfAnotherTenant) {
  const Uuid other = AddRealTenant("other.example/b");

  const auto ring =
      Keyring::Open(*operator_keys_, tenant_, *store::TenantKeys(writer_, other), clock_);

  EXPECT_EQ(ring.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyringOfATenant, IsNotOpenedWhenAnyStoredByteOfItsKeysWasAltered) {
  const auto good = *store::TenantKeys(writer_, tenant_);
  for (const char* purpose : {"data", "lookup", "ledger"}) {
    auto altered = good;
    altered[{purpose, 1}].key.wrapped[17] ^= 1;
    EXPECT_FALSE(Keyring::Open(*operator_keys_, tenant_, altered, clock_).ok()) << purpose;

    altered = good;
    altered[{purpose, 1}].key.handle[0] ^= 1;
    EXPECT_FALSE(Keyring::Open(*operator_keys_, tenant_, altered, clock_).ok()) << purpose;

    altered = good;
    altered.erase({purpose, 1});
    EXPECT_FALSE(Keyring::Open(*operator_keys_, tenant_, altered, clock_).ok()) << purpose;
  }
}

TEST_F(KeyringOfATenant, IsNotOpenedWhenTwoKeysChangedPlaces) {
  auto swapped = *store::TenantKeys(writer_, tenant_);
  std::swap(swapped[{"data", 1}].key.wrapped, swapped[{"lookup", 1}].key.wrapped);

  EXPECT_FALSE(Keyring::Open(*operator_keys_, tenant_, swapped, clock_).ok());
}

TEST_F(KeyringOfATenant, LooksUpByTheExactBytesAndTheKindOfOwner) {
  const Owner own, of_alice{.kind = Owner::Kind::kProtected, .reference = "alice"};
  const Owner capital{.kind = Owner::Kind::kPerson, .reference = "Alice"};
  const Owner own_named{.kind = Owner::Kind::kPerson, .reference = own.reference};
  std::vector<Digest> lookups;
  for (const Owner& owner : {alice_, bob_, capital, of_alice, own, own_named}) {
    lookups.push_back(ring_->LookupOf(owner));
  }

  EXPECT_EQ(ring_->LookupOf(alice_), Open(tenant_)->LookupOf(alice_));
  EXPECT_NE(ring_->LookupOf(alice_), Open(AddRealTenant("other.example/b"))->LookupOf(alice_));
  std::sort(lookups.begin(), lookups.end());
  EXPECT_EQ(std::unique(lookups.begin(), lookups.end()), lookups.end());
}

TEST_F(KeyringOfATenant, MakesAKeyForSomebodyNewAndKeepsToIt) {
  const FoundKey first = Resolve(*ring_, alice_), second = Resolve(*ring_, alice_);

  EXPECT_TRUE(first.fresh);
  EXPECT_EQ(first.key, second.key);
  EXPECT_FALSE(Same(first.key->key, Resolve(*ring_, bob_).key->key));
}

TEST_F(KeyringOfATenant, ResolvesManyInTheirOrderAndOneOwnerOnce) {
  const Digest alice = ring_->LookupOf(alice_), bob = ring_->LookupOf(bob_);

  const auto found = ring_->Resolve(writer_, {bob, alice, bob, alice, alice});

  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 5U);
  EXPECT_EQ(found->at(0).key->lookup, bob);
  EXPECT_EQ(found->at(1).key->lookup, alice);
  EXPECT_EQ(found->at(0).key, found->at(2).key);
  EXPECT_EQ(found->at(1).key, found->at(4).key);
}

TEST_F(KeyringOfATenant, ResolvesNobodyWithoutAQuery) {
  store::Connection nowhere({"host=/nowhere user=candor dbname=candor"}, store::Role::kWriter);

  EXPECT_TRUE(ring_->Resolve(nowhere, {}).ok());
}

TEST_F(KeyringOfATenant, FindsTheSameKeyAgainInAnotherProcess) {
  const FoundKey made = Resolve(*ring_, alice_);
  Store(made);

  const auto other = Open(tenant_);
  const FoundKey found = Resolve(*other, alice_);

  EXPECT_FALSE(found.fresh);
  EXPECT_TRUE(Same(found.key->key, made.key->key));
  EXPECT_TRUE(Same(*other->KeyOf(reader_, made.key->wrapped.handle), made.key->key));
  EXPECT_FALSE(Resolve(*ring_, alice_).fresh);  // It was committed.
}

TEST_F(KeyringOfATenant, SealsSectionsThatAnotherProcessOpens) {
  const FoundKey key = Resolve(*ring_, alice_);
  const std::string leaf = store::NewUuid().ToText(), text = "{\"name\":\"Alice\"}";
  const SealedSections sealed =
      SealSections("a.example/b", leaf, {{"person", text, alice_}}, {key});
  const absl::Status stored = AppendRows({RowOf("{}")}, [&](store::Batch& batch) {
    batch.persons.push_back({.lookup = key.key->lookup, .key = key.key->wrapped});
    batch.sealed.push_back({.position = 0,
                            .handle = key.key->wrapped.handle,
                            .fingerprint = {},
                            .sections = sealed.boxes.at(0).body});
  });
  ASSERT_TRUE(stored.ok()) << stored;

  const auto rows = store::SealedAt(reader_, tenant_, 0);
  ASSERT_TRUE(rows.ok() && rows->size() == 1) << rows.status();
  const auto opened_key = Open(tenant_)->KeyOf(reader_, rows->at(0).handle);
  ASSERT_TRUE(opened_key.ok()) << opened_key.status();
  const auto parts = SplitBox(rows->at(0).sections);
  ASSERT_TRUE(parts.ok() && parts->size() == 1);
  const auto opened =
      core::OpenSection(*opened_key, {.origin = "a.example/b", .leaf_id = leaf, .name = "person"},
                        parts->at(0).second, sealed.commitments.at(0).second);

  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(AsText(opened->bytes), text);
}

TEST_F(KeyringOfATenant, StoresNoKeyInClear) {
  const FoundKey key = Resolve(*ring_, alice_);
  Store(key);

  EXPECT_EQ(
      Session(address_.url)
          .Run("SELECT count(*) FROM data_keys WHERE position(decode($1, 'hex') IN wrapped) > 0",
               {ToHex(key.key->key.view().first(8))})
          .value(),
      "0");
}

TEST_F(KeyringOfATenant, TellsAKeyThatWasAltered) {
  const FoundKey alice = Resolve(*ring_, alice_);
  Store(alice);
  Session(address_.url)
      .Run("UPDATE data_keys SET wrapped = set_byte(wrapped, 5, get_byte(wrapped, 5) # 1)");

  const auto other = Open(tenant_);

  EXPECT_EQ(other->KeyOf(reader_, alice.key->wrapped.handle).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(other->Resolve(writer_, {other->LookupOf(alice_)}).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(KeyringOfATenant, TellsKeysThatChangedPlaces) {
  const FoundKey alice = Resolve(*ring_, alice_), bob = Resolve(*ring_, bob_);
  Store(alice);
  Store(bob);
  Session(address_.url)
      .Run(
          "UPDATE data_keys k SET wrapped = o.wrapped FROM data_keys o WHERE o.handle <> k.handle");

  EXPECT_EQ(Open(tenant_)->KeyOf(reader_, bob.key->wrapped.handle).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(KeyringOfATenant, FindsNoKeyThatWasDestroyedAndBeginsAnew) {
  const FoundKey before = Resolve(*ring_, alice_);
  Store(before);
  Session(address_.url).Run("DELETE FROM data_keys; DELETE FROM persons");
  EXPECT_EQ(ring_->KeyOf(reader_, before.key->wrapped.handle).status().code(),
            absl::StatusCode::kNotFound);

  ring_->Drop(before.key->lookup);
  const FoundKey after = Resolve(*ring_, alice_);

  EXPECT_TRUE(after.fresh);
  EXPECT_NE(after.key->wrapped.handle, before.key->wrapped.handle);
  EXPECT_FALSE(Same(after.key->key, before.key->key));
}

TEST_F(KeyringOfATenant, KeepsAKeyInClearForSixtySecondsAtMost) {
  const FoundKey before = Resolve(*ring_, alice_);
  Store(before);
  Session(address_.url).Run("DELETE FROM data_keys; DELETE FROM persons");

  clock_.now += absl::Seconds(59);
  EXPECT_EQ(Resolve(*ring_, alice_).key, before.key);
  clock_.now += absl::Seconds(1);
  EXPECT_NE(Resolve(*ring_, alice_).key, before.key);
}

}  // namespace
}  // namespace candor::vault
