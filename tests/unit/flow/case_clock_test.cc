// What moves the time of a case, by the laws as they are shipped.
#include "services/flow/case_clock.h"

#include <gmock/gmock.h>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/domain/registered.h"

namespace candor::flow {
namespace {

constexpr const char* kTenant = "01890000-0000-7000-8000-000000000001";

absl::Time At(int year, int month, int day, int hour = 12) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, hour, 0, 0), absl::UTCTimeZone());
}

class AClockOfACase : public ::testing::Test {
 protected:
  domain::Case Asked(const char* kind, absl::Time time) {
    core::Leaf leaf;
    leaf.type = domain::kCaseType;
    leaf.time = time;
    clock_.Begin(kind, time, leaf.facts);
    return *domain::Case::OpenedBy(1, leaf);
  }
  static ledger::Entry Entry(const char* question = nullptr) {
    ledger::Entry entry;
    entry.task.emplace();
    if (question != nullptr) entry.leaf.facts.Set("question", question);
    return entry;
  }
  // The leaf of an entry as the next of the case.
  static void Apply(const char* type, absl::Time time, const ledger::Entry& entry, domain::Case& one) {
    core::Leaf leaf = entry.leaf;
    leaf.type = type;
    leaf.time = time;
    one.Apply(++position_, leaf);
  }
  static std::string DayOf(const ledger::Entry& entry, const char* fact) {
    return domain::FactText(entry.leaf.facts, fact).substr(0, 10);
  }
  static std::string WhyNot(const absl::Status& status) {
    EXPECT_EQ(ReasonOf(status), "WRONG_STATE");
    return std::string(status.message());
  }

  static inline std::uint64_t position_ = 1;
  const law::LawBook laws_ = *law::LawBook::Read(law::ShippedLaws());
  const CaseClock clock_{laws_, *Uuid::FromText(kTenant)};
};

TEST_F(AClockOfACase, RunsTwoMonthsLongerUnderGdprIfThePersonIsToldInTime) {
  domain::Case one = Asked("contest", At(2026, 11, 22));
  ledger::Entry entry = Entry();
  EXPECT_THAT(WhyNot(clock_.Extend(one, one.legal_due + absl::Seconds(1), entry)), ::testing::HasSubstr("before the answer was due"));
  ASSERT_TRUE(clock_.Extend(one, one.legal_due, entry).ok());
  EXPECT_EQ(DayOf(entry, "case_due"), "2027-02-22");
  EXPECT_EQ(entry.task->due_time, FromRfc3339(domain::FactText(entry.leaf.facts, "case_due")));
  Apply(domain::kCaseExtensionType, At(2026, 12, 1), entry, one);
  EXPECT_THAT(WhyNot(clock_.Extend(one, At(2026, 12, 2), entry)), ::testing::HasSubstr("can do so once"));
}

TEST_F(AClockOfACase, RunsNoLongerWhereTheLawSaysNothingOfIt) {
  const domain::Case one = Asked("explain_86", At(2026, 11, 22));
  ledger::Entry entry = Entry();
  EXPECT_THAT(WhyNot(clock_.Extend(one, At(2026, 11, 23), entry)), ::testing::HasSubstr("lets it take no longer"));
}

TEST_F(AClockOfACase, StandsWhileThePersonIsAskedWhereTheLawSaysSo) {
  domain::Case gdpr = Asked("erase", At(2026, 3, 5)), other = Asked("explain_86", At(2026, 3, 5));
  ledger::Entry asking = Entry("identity"), running = Entry("identity"), reply = Entry(), none = Entry();
  ASSERT_TRUE(clock_.Ask(gdpr, asking).ok());
  ASSERT_TRUE(clock_.Ask(other, running).ok());
  EXPECT_TRUE(asking.leaf.facts.Find("clock_stands")->boolean());
  EXPECT_FALSE(running.leaf.facts.Find("clock_stands")->boolean()) << "the AI Act knows no such pause";
  Apply(domain::kCaseQuestionType, At(2026, 3, 10), asking, gdpr);
  Apply(domain::kCaseQuestionType, At(2026, 3, 10), running, other);
  EXPECT_THAT(WhyNot(clock_.Ask(gdpr, asking)), ::testing::HasSubstr("another question"));
  clock_.Resume(gdpr, At(2026, 3, 30), reply);
  clock_.Resume(other, At(2026, 3, 30), none);
  EXPECT_EQ(DayOf(reply, "case_due"), "2026-04-25");
  EXPECT_EQ(DayOf(reply, "case_legal_due"), "2026-04-27");
  EXPECT_EQ(*reply.leaf.facts.FindInteger("stood_days"), 20);
  EXPECT_TRUE(none.leaf.facts.empty());
}

TEST_F(AClockOfACase, StandsAndRunsLongerTogether) {
  domain::Case one = Asked("erase", At(2026, 3, 5));
  ledger::Entry asking = Entry("information"), reply = Entry(), longer = Entry(), again = Entry("information"), last = Entry();
  ASSERT_TRUE(clock_.Ask(one, asking).ok());
  Apply(domain::kCaseQuestionType, At(2026, 3, 10), asking, one);
  clock_.Resume(one, At(2026, 3, 30), reply);
  Apply(domain::kCaseReplyType, At(2026, 3, 30), reply, one);
  ASSERT_TRUE(clock_.Extend(one, At(2026, 4, 20), longer).ok()) << "the first month ends later, too";
  EXPECT_EQ(DayOf(longer, "case_due"), "2026-06-25");
  Apply(domain::kCaseExtensionType, At(2026, 4, 20), longer, one);
  ASSERT_TRUE(clock_.Ask(one, again).ok());
  Apply(domain::kCaseQuestionType, At(2026, 5, 1), again, one);
  clock_.Resume(one, At(2026, 5, 2), last);
  EXPECT_EQ(DayOf(last, "case_due"), "2026-06-26");
}

TEST_F(AClockOfACase, IsOverWithTheAnswer) {
  domain::Case one = Asked("contest", At(2026, 3, 5));
  ledger::Entry entry = Entry("identity"), review = Entry();
  review.leaf.facts.Set("case_outcome", "upheld");
  Apply("review", At(2026, 3, 6), review, one);
  EXPECT_THAT(WhyNot(clock_.Extend(one, At(2026, 3, 7), entry)), ::testing::HasSubstr("is answered"));
  EXPECT_THAT(WhyNot(clock_.Ask(one, entry)), ::testing::HasSubstr("is answered"));
}

TEST_F(AClockOfACase, GoesByTheHolidaysOfItsTenant) {
  law::LawBook laws = laws_;
  ASSERT_TRUE(laws.ReadTenants({"calendars.json", std::string("{\"tenants\": {\"") + kTenant + "\": {\"calendar\": \"de\"}}}"}).ok());
  core::Json facts = core::Json::Object();
  const law::Due due = CaseClock(laws, *Uuid::FromText(kTenant)).Begin("access", At(2026, 3, 5), facts);
  EXPECT_EQ(domain::FactText(facts, "case_calendar"), "de");
  EXPECT_EQ(absl::FormatTime("%Y-%m-%d %H:%M:%S", due.legal, absl::UTCTimeZone()), "2026-04-07 21:59:59") << "in Berlin";
  facts = core::Json::Object();
  clock_.Begin("access", At(2026, 3, 5), facts);
  EXPECT_EQ(facts.Find("case_calendar"), nullptr);
}

}  // namespace
}  // namespace candor::flow
