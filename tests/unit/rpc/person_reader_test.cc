#include "services/rpc/person_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "services/rpc/explaining.h"
#include "tests/unit/ledger/world.h"

namespace candor::rpc {
namespace {

using ledger::Entry;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kPerson = "customer-1182";

class APersonsReader : public ledger::AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
  }

  // A decision on these persons; the first is who it is about.
  Uuid Decide(const std::vector<std::string>& persons) {
    Entry entry = ledger::Authorization("allow", SystemClock().Now() + absl::Hours(1));
    for (std::size_t i = 0; i < persons.size(); ++i) {
      Seal(i == 0 ? "person" : "person." + std::to_string(i + 1), persons[i], entry);
    }
    const Uuid decision = entry.leaf.id;
    Good(first_->Append(tenant_, std::move(entry)));
    return decision;
  }

  // A member of the staff reads it.
  void Look(const Uuid& decision, const std::string& why) {
    Entry entry = ledger::EntryOf("read");
    entry.leaf.caller_kind = "human";
    entry.leaf.caller_id.clear();
    entry.leaf.decision = decision;
    entry.claim = ledger::Claim::kContinue;
    entry.named = decision;
    entry.leaf.facts.Set("read_reason", why);
    entry.leaf.facts.Set("read_sections", core::Json::Array().Append("inputs").Append("person"));
    Seal("caller", "principal:staff", entry);
    Good(first_->Append(tenant_, std::move(entry)));
  }

  static void Seal(const std::string& section, const std::string& owner, Entry& entry) {
    entry.sections.push_back({.name = section, .bytes = R"({"of":")" + owner + R"("})",
                              .owner = {.kind = vault::Owner::Kind::kPerson, .reference = owner}});
  }

  PersonReader Of(const std::string& person) {
    auto reader = PersonReader::Of(first_->Get(tenant_), first_->writers, person);
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }
  static std::vector<Uuid> IdsOf(const absl::StatusOr<std::vector<Story>>& stories) {
    std::vector<Uuid> ids;
    EXPECT_TRUE(stories.ok()) << stories.status();
    for (const Story& story : *stories) ids.push_back(story.decision);
    return ids;
  }
  std::vector<std::string> ReasonsOf(const std::string& person, std::uint64_t before = 1000) {
    std::vector<std::string> reasons;
    const auto leaves = Of(person).Readings(before, 100);
    EXPECT_TRUE(leaves.ok()) << leaves.status();
    for (const store::StoredLeaf& leaf : *leaves) {
      reasons.push_back(*core::ParseLeaf(leaf.leaf)->facts.FindString("read_reason"));
    }
    return reasons;
  }
};

TEST_F(APersonsReader, FindsTheirDecisionsNewestFirst) {
  const Uuid first = Decide({kPerson}), other = Decide({"customer-2"}), second = Decide({kPerson});

  EXPECT_THAT(IdsOf(Of(kPerson).Newest(1000, 10)), ElementsAre(second, first));
  EXPECT_THAT(IdsOf(Of(kPerson).Newest(1000, 1)), ElementsAre(second));
  EXPECT_THAT(IdsOf(Of(kPerson).Newest(3, 10)), ElementsAre(first));
  EXPECT_THAT(IdsOf(Of("nobody").Newest(1000, 10)), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(Of(kPerson).Opened(other).status()));
}

// What PostgreSQL is told to do, as its own log has it: sessions that begin after this are logged.
class StatementLog {
 public:
  explicit StatementLog(const std::string& url) : session_(candor::testing::Postgres::ForSuperuser(url)) {
    database_ = session_.Run("SELECT current_database()").value();
    path_ = session_.Run("SELECT current_setting('data_directory')").value() + "/../postgres.log";
    Set("SET log_statement = 'all'");
  }
  ~StatementLog() { Set("RESET log_statement"); }

  // The statements that `ask` runs, in order, without their parameters.
  template <typename Ask>
  std::vector<std::string> Of(const Ask& ask) const {
    const std::size_t before = Text().size();
    ask();
    std::istringstream text(Text().substr(before));
    std::vector<std::string> statements;
    for (std::string line; std::getline(text, line);) {
      const std::size_t at = line.find("LOG:  execute ");
      if (at != std::string::npos) statements.push_back(line.substr(at));
    }
    return statements;
  }

 private:
  void Set(const std::string& what) { EXPECT_TRUE(session_.Run("ALTER DATABASE " + database_ + " " + what).ok()); }
  std::string Text() const {
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  candor::testing::Session session_;
  std::string database_, path_;
};

TEST_F(APersonsReader, AsksTheSameWhetherADecisionIsAnothersOrIsNotThere) {
  const Uuid own = Decide({kPerson}), other = Decide({"customer-2"});
  const StatementLog log(url_);
  const auto logged = NewProcess();
  const auto open = [&](const std::string& person, const Uuid& decision) {
    return log.Of([&] {
      const auto reader = PersonReader::Of(logged->Get(tenant_), logged->writers, person);
      ASSERT_TRUE(reader.ok()) << reader.status();
      const auto story = reader->Opened(decision);
      EXPECT_EQ(story.ok(), decision == own) << story.status();
      EXPECT_TRUE(story.ok() || absl::IsNotFound(story.status()));
    });
  };
  open(kPerson, own);  // Keys and statements are known from here on.
  const std::vector<std::string> of_another = open(kPerson, other);
  EXPECT_THAT(of_another, ::testing::Not(IsEmpty()));
  EXPECT_EQ(of_another, open(kPerson, ledger::NewUuid()));
  EXPECT_EQ(of_another, open("nobody", other)) << "nor is it told whether a person is known";
}

TEST_F(APersonsReader, OpensWhatIsTheirsInADecisionAndNothingElse) {
  const Uuid decision = Decide({kPerson, "customer-2"});

  const auto story = Of(kPerson).Opened(decision);

  ASSERT_TRUE(story.ok()) << story.status();
  ASSERT_EQ(story->chapters.size(), 1u);
  EXPECT_EQ(story->chapters[0].leaf.sections.size(), 2u);
  EXPECT_THAT(story->chapters[0].Shown(), ElementsAre(::testing::Pair("person", R"({"of":"customer-1182"})")));
  EXPECT_TRUE(absl::IsNotFound(Of("customer-2").Opened(decision).status()));
}

TEST_F(APersonsReader, SeesNothingOnceTheirKeyIsGone) {
  const Uuid decision = Decide({kPerson});
  Sql("DELETE FROM persons");

  EXPECT_TRUE(absl::IsNotFound(Of(kPerson).Opened(decision).status()));
  EXPECT_THAT(IdsOf(Of(kPerson).Newest(1000, 10)), IsEmpty());
}

TEST_F(APersonsReader, NamesASealedSectionThatWasAltered) {
  const Uuid decision = Decide({kPerson});
  Sql("UPDATE sealed SET sections = set_byte(sections, octet_length(sections) - 1, "
      "get_byte(sections, octet_length(sections) - 1) # 1) WHERE octet_length(sections) > 0");

  const absl::Status opened = Of(kPerson).Opened(decision).status();

  EXPECT_TRUE(absl::IsDataLoss(opened)) << opened;
  EXPECT_EQ(ReasonOf(opened), "VERIFICATION_FAILED");
}

TEST_F(APersonsReader, FindsWhoLookedAtTheirDecisionsNewestFirst) {
  const Uuid mine = Decide({kPerson}), other = Decide({"customer-2", kPerson});
  Look(mine, "complaint");
  Look(other, "audit");
  Look(mine, "sample");

  EXPECT_THAT(ReasonsOf(kPerson), ElementsAre("sample", "complaint"));
  EXPECT_THAT(ReasonsOf(kPerson, 5), ElementsAre("complaint"));
  EXPECT_THAT(ReasonsOf("customer-2"), ElementsAre("audit"));
  EXPECT_THAT(ReasonsOf("nobody"), IsEmpty());
}

TEST_F(APersonsReader, TellsOfAReadingTheRoleAndTheReasonAndNobodysName) {
  const Uuid mine = Decide({kPerson});
  Look(mine, "open_complaint");
  const auto leaves = Of(kPerson).Readings(1000, 1);
  PlainWords words(std::make_shared<TenantWords>(), "en");

  const v1::ShownReading reading = ReadingOf(*core::ParseLeaf(leaves->at(0).leaf), words, pages::Language::kEnglish);

  EXPECT_EQ(reading.role_text(), "a person on the staff");
  EXPECT_EQ(reading.reason_text(), "open complaint");
  EXPECT_EQ(reading.decision_id(), mine.ToText());
  EXPECT_THAT(reading.sections(), ElementsAre("inputs", "person"));
  EXPECT_GT(reading.read_time().seconds(), 1'600'000'000);
}

TEST_F(APersonsReader, ProvesEachLeafUnderOneCheckpoint) {
  const Uuid mine = Decide({kPerson});
  Look(mine, "complaint");
  const auto story = Of(kPerson).Opened(mine);
  google::protobuf::RepeatedPtrField<v1::Receipt> receipts;
  std::vector<store::StoredLeaf> leaves;
  for (const Chapter& chapter : story->chapters) leaves.push_back({.position = chapter.position, .leaf = chapter.bytes});

  ASSERT_TRUE(Of(kPerson).AddReceipts(leaves, receipts).ok());

  ASSERT_EQ(receipts.size(), 2);
  for (const v1::Receipt& receipt : receipts) {
    Check({.position = receipt.position(), .leaf = receipt.leaf(), .proof = receipt.proof()});
  }
}

}  // namespace
}  // namespace candor::rpc
