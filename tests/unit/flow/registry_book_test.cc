// The registry as servers know it: on a real ledger, by a clock that the test moves.
#include "services/flow/registry_book.h"

#include <gmock/gmock.h>

#include "tests/unit/ledger/world.h"

namespace candor::flow {
namespace {

using ledger::EntryOf;

class TheBook : public ledger::AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
  }

  static ledger::Entry Of(const std::string& type, core::Json facts = core::Json::Object()) {
    ledger::Entry entry = EntryOf(type);
    entry.leaf.facts = std::move(facts);
    entry.side.push_back({store::SideRow::Table::kRegistry, {type}});
    return entry;
  }
  // Written by another server; the position.
  std::uint64_t Put(ledger::Entry entry) { return Good(first_->Append(tenant_, std::move(entry))).position; }
  std::uint64_t PutSystem(const std::string& code) {
    return Put(Of("system", core::Json::Object().Set("system", code)));
  }
  static std::vector<std::string> Systems(const absl::StatusOr<RegistrySnapshot>& registry) {
    EXPECT_TRUE(registry.ok()) << registry.status();
    std::vector<std::string> codes;
    if (registry.ok()) {
      for (const auto& [code, system] : (*registry)->systems()) codes.push_back(code);
    }
    return codes;
  }
  std::vector<std::string> Known() { return Systems(book_.Get(tenant_)); }

  ledger::ShiftedClock clock_;
  store::Pool readers_{{url_}, store::Role::kReader};
  RegistryBook book_{readers_, clock_};
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Set to one moment, so that the test alone decides how old a page is.
class StillClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'780'000'000);
};

TEST_F(TheBook, SeesAnothersChangeHalfASecondLaterAndNotBefore) {
  StillClock clock;
  RegistryBook book(readers_, clock);
  EXPECT_THAT(Systems(book.Get(tenant_)), IsEmpty());
  PutSystem("s");

  clock.now += RegistryBook::kFresh - absl::Microseconds(1);
  EXPECT_THAT(Systems(book.Get(tenant_)), IsEmpty());
  clock.now += absl::Microseconds(1);
  EXPECT_THAT(Systems(book.Get(tenant_)), ElementsAre("s"));
  EXPECT_LT(RegistryBook::kFresh, absl::Seconds(1));
}

TEST_F(TheBook, TrustsNoPageOfAClockThatWasSetBack) {
  StillClock clock;
  RegistryBook book(readers_, clock);
  EXPECT_THAT(Systems(book.Get(tenant_)), IsEmpty());
  PutSystem("s");
  clock.now -= absl::Hours(1);

  EXPECT_THAT(Systems(book.Get(tenant_)), ElementsAre("s"));
}

TEST_F(TheBook, KnowsAtOnceWhatItIsAskedForByPosition) {
  EXPECT_THAT(Known(), IsEmpty());
  const std::uint64_t position = PutSystem("s");

  EXPECT_THAT(Systems(book_.AsOf(tenant_, position)), ElementsAre("s"));
  EXPECT_THAT(Known(), ElementsAre("s"));
  PutSystem("t");
  EXPECT_THAT(Systems(book_.Newest(tenant_)), ElementsAre("s", "t"));
}

TEST_F(TheBook, GivesTheRegistryAsItStoodAtAnyPosition) {
  std::vector<std::vector<std::string>> stood(1);
  std::vector<std::string> codes;
  for (int i = 0; i < 40; ++i) {
    if (i % 3 == 0) {
      codes.push_back(std::string("s") + static_cast<char>('a' + i / 3));
      PutSystem(codes.back());
    } else {
      Put(EntryOf("outcome"));
    }
    stood.push_back(codes);  // By position: leaf 0 is the ledger's own.
  }

  for (std::size_t i = 0; i < stood.size(); ++i) EXPECT_EQ(Systems(book_.AsOf(tenant_, i)), stood[i]) << i;
  for (std::size_t i = stood.size(); i-- > 0;) EXPECT_EQ(Systems(book_.AsOf(tenant_, i)), stood[i]) << i;
  for (const std::size_t i : {7, 30, 7, 8, 2, 40, 31}) EXPECT_EQ(Systems(book_.AsOf(tenant_, i)), stood[i]) << i;
  EXPECT_EQ(Known(), codes);
}

TEST_F(TheBook, ReadsMoreThanOnePage) {
  std::vector<std::future<absl::StatusOr<ledger::Receipt>>> answers;
  for (int i = 0; i < 1005; ++i) {
    answers.push_back(first_->Send(tenant_, Of("assurance", core::Json::Object().Set("suite", "hostile"))));
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());

  EXPECT_EQ((*book_.Get(tenant_))->assurance().size(), 1005U);
}

TEST_F(TheBook, KeepsTenantsApart) {
  PutSystem("s");

  EXPECT_THAT(Systems(book_.Get(ledger::NewUuid())), IsEmpty());
}

TEST_F(TheBook, SaysWhenTheDatabaseIsAway) {
  store::Pool nowhere({"host=/nonexistent"}, store::Role::kReader);
  RegistryBook book(nowhere, clock_);

  EXPECT_EQ(book.Get(tenant_).status().code(), absl::StatusCode::kUnavailable);
}

// What was checked against a registry that has grown since is refused, alone or in one batch.
TEST_F(TheBook, IsWhatAnEntryIsCheckedAgainstUnderTheLock) {
  const auto checked = [&](std::uint64_t position) {
    ledger::Entry entry = Of("stop_lifted");
    entry.registry = position;
    return entry;
  };
  const std::uint64_t seen = PutSystem("s");
  EXPECT_EQ(ReasonOf(first_->Append(tenant_, checked(seen - 1)).status()), "REGISTRY_CHANGED");
  EXPECT_EQ(ReasonOf(first_->Append(tenant_, checked(0)).status()), "REGISTRY_CHANGED");

  std::vector<std::future<absl::StatusOr<ledger::Receipt>>> answers;
  {
    const ledger::HeldHeads held(url_);
    for (int i = 0; i < 5; ++i) answers.push_back(first_->Send(tenant_, checked(seen)));
  }
  int written = 0;
  for (auto& answer : answers) {
    const auto receipt = answer.get();
    written += receipt.ok() ? 1 : 0;
    EXPECT_TRUE(receipt.ok() || ReasonOf(receipt.status()) == "REGISTRY_CHANGED") << receipt.status();
  }
  EXPECT_EQ(written, 1);
}

}  // namespace
}  // namespace candor::flow
