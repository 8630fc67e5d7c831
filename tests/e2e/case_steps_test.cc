// What may happen to a case before its answer: it takes longer, it waits for the person, and two that are asked
// for at once are one.
#include <gmock/gmock.h>

#include <fstream>
#include <future>

#include "candor/v1/audit_service.pb.h"
#include "services/flow/cases.h"
#include "tests/e2e/contesting.h"
#include "tests/e2e/opened.h"
#include "tests/unit/ledger/process.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ACase : public Contesting {
 protected:
  std::string Open() { return Contest(About(Decide(tenant_.component).decision_id())).case_().case_id(); }
  // Gives it back with a word to the person.
  static v1::ReleaseTaskRequest Word(const std::string& id, v1::QuestionKind question = v1::QUESTION_KIND_UNSPECIFIED) {
    v1::ReleaseTaskRequest request;
    request.set_request_id(NewId());
    request.set_task_id(id);
    request.set_person_text("Your file is large.");
    if (question == v1::QUESTION_KIND_UNSPECIFIED) {
      request.set_extend(true);
    } else {
      request.set_question(question);
    }
    return request;
  }
  static Answer<v1::ReleaseTaskResponse> Tell(const Client& reviewer, const v1::ReleaseTaskRequest& request) {
    EXPECT_TRUE(Claim(reviewer, request.task_id()).ok());
    return reviewer.Call<v1::ReleaseTaskResponse>(request);
  }
  static v1::ReplyRequest Replying(const std::string& id) {
    v1::ReplyRequest request;
    request.set_request_id(NewId());
    request.set_case_id(id);
    request.set_statement("Here is my passport.");
    return request;
  }
  // The day so many months after another, or the last of that month.
  static absl::CivilDay MonthsAfter(absl::CivilDay day, int months) {
    const absl::CivilMonth month = absl::CivilMonth(day) + months;
    return std::min(absl::CivilDay(month) + (day.day() - 1), absl::CivilDay(month + 1) - 1);
  }
  static absl::CivilDay DayOf(const google::protobuf::Timestamp& stamp) {
    return absl::ToCivilDay(absl::FromUnixSeconds(stamp.seconds()), absl::UTCTimeZone());
  }

  const Client rita_ = Human("rita");
};

TEST_F(ACase, TakesLongerOnceAndThePersonReadsWhy) {
  const std::string id = Open();
  const v1::ReleaseTaskRequest word = Word(id);
  const auto told = Tell(rita_, word);
  ASSERT_TRUE(told.ok()) << told.refusal();
  const core::Leaf leaf = LeafOf(told->receipt());
  EXPECT_EQ(leaf.type, "case_extension");
  EXPECT_EQ(FactOf(leaf, "case"), id);
  EXPECT_THAT(told->receipt().leaf(), Not(HasSubstr("large")));
  EXPECT_EQ(told->task().state(), v1::TASK_STATE_OPEN) << "given back";
  EXPECT_EQ(rita_.Call<v1::ReleaseTaskResponse>(word)->receipt().leaf(), told->receipt().leaf()) << "a repetition";

  const v1::GetContestResponse seen = Get(id);
  EXPECT_EQ(DayOf(seen.case_().due_time()), MonthsAfter(DayOf(seen.case_().receive_time()), 3));
  EXPECT_EQ(told->task().due_time().seconds(), seen.case_().due_time().seconds()) << "the queue goes by it";
  EXPECT_TRUE(seen.case_().has_extend_time());
  EXPECT_EQ(seen.case_().extend_text(), "Your file is large.");
  EXPECT_EQ(seen.case_().clock(), "c_gdpr_12");
  EXPECT_EQ(seen.case_().stage(), v1::CASE_STAGE_ASSIGNED);
  v1::ListTasksRequest list;
  list.set_kind(v1::TASK_KIND_CASE);
  const auto listed = rita_.Call<v1::ListTasksResponse>(list);
  EXPECT_EQ(listed->tasks(0).due_time().seconds(), seen.case_().due_time().seconds());

  EXPECT_TRUE(Refused(Tell(rita_, Word(id)).status, kPrecondition, "WRONG_STATE")) << "once";
  const auto answered = rita_.Call<v1::ResolveTaskResponse>(Saying(id, v1::CASE_OUTCOME_UPHELD));
  ASSERT_TRUE(answered.ok()) << answered.refusal();
  EXPECT_EQ(Get(id).case_().outcome(), v1::CASE_OUTCOME_UPHELD);
}

TEST_F(ACase, WaitsForThePersonWhoReplies) {
  const std::string id = Open();
  const Client person = Person();
  EXPECT_TRUE(Refused(person.Call<v1::ReplyResponse>(Replying(id)).status, kPrecondition, "WRONG_STATE")) << "nobody asked";
  const auto asked = Tell(rita_, Word(id, v1::QUESTION_KIND_IDENTITY));
  ASSERT_TRUE(asked.ok()) << asked.refusal();
  EXPECT_EQ(LeafOf(asked->receipt()).type, "case_question");
  EXPECT_EQ(asked->task().case_().state(), v1::CASE_STATE_WAITING);
  EXPECT_TRUE(asked->task().case_().question_text().empty()) << "the words are the person's";

  const v1::Case waiting = Get(id).case_();
  EXPECT_EQ(waiting.state(), v1::CASE_STATE_WAITING);
  EXPECT_EQ(waiting.question(), v1::QUESTION_KIND_IDENTITY);
  EXPECT_EQ(waiting.question_text(), "Your file is large.");
  EXPECT_TRUE(waiting.clock_stands()) << "GDPR lets it";
  const Client other = Person("customer-2");
  Decide(tenant_.component, "customer-2");
  EXPECT_TRUE(Refused(other.Call<v1::ReplyResponse>(Replying(id)).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  const Client reader = World::MakePerson(tenant_, kPerson, {}, /*read_only=*/true);
  EXPECT_TRUE(Refused(reader.Call<v1::ReplyResponse>(Replying(id)).status, grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));

  const v1::ReplyRequest reply = Replying(id);
  const auto replied = person.Call<v1::ReplyResponse>(reply);
  ASSERT_TRUE(replied.ok()) << replied.refusal();
  EXPECT_EQ(person.Call<v1::ReplyResponse>(reply)->receipt().leaf(), replied->receipt().leaf()) << "a repetition";
  EXPECT_EQ(replied->case_().state(), v1::CASE_STATE_OPEN);
  const core::Leaf leaf = LeafOf(replied->receipt());
  EXPECT_EQ(leaf.type, "case_reply");
  EXPECT_THAT(replied->receipt().leaf(), Not(HasSubstr("passport")));
  Opener opener(World::Get(), tenant_);
  EXPECT_THAT(opener.Sections(replied->receipt().position())["contest"], HasSubstr("Here is my passport."));
  EXPECT_TRUE(Refused(person.Call<v1::ReplyResponse>(Replying(id)).status, kPrecondition, "WRONG_STATE"));
  Resolve(rita_, Saying(id, v1::CASE_OUTCOME_UPHELD));
  const v1::GetContestResponse whole = Get(id);
  for (const v1::Receipt& receipt : whole.receipts()) EXPECT_TRUE(Verifies(receipt, tenant_.key));
}

TEST_F(ACase, ThatWaitsGoesOnWhenAHumanClaimsIt) {
  const std::string id = Open();
  ASSERT_TRUE(Tell(rita_, Word(id, v1::QUESTION_KIND_INFORMATION)).ok());
  ASSERT_TRUE(Claim(rita_, id).ok());
  EXPECT_EQ(Get(id).case_().state(), v1::CASE_STATE_OPEN);
  EXPECT_EQ(Get(id).case_().question(), v1::QUESTION_KIND_UNSPECIFIED);
}

TEST_F(ACase, IsGivenBackWithAWordOnlyWhereOneIsSaid) {
  const std::string id = Open();
  ASSERT_TRUE(Claim(rita_, id).ok());
  const auto refused = [&](const char* field, const v1::ReleaseTaskRequest& request) {
    const auto answer = rita_.Call<v1::ReleaseTaskResponse>(request);
    EXPECT_TRUE(Refused(answer.status, kInvalid, "FIELD_INVALID")) << field;
    EXPECT_EQ(answer.refusal().field, field);
  };
  v1::ReleaseTaskRequest silent = Word(id), wordy = Word(id), both = Word(id), lengthy = Word(id), known = Word(id);
  silent.clear_person_text();
  refused("person_text", silent);
  wordy.clear_extend();
  refused("person_text", wordy);
  both.set_question(v1::QUESTION_KIND_IDENTITY);
  refused("question", both);
  lengthy.set_person_text(std::string(4001, 'x'));
  refused("person_text", lengthy);
  known.clear_extend();
  known.set_question(static_cast<v1::QuestionKind>(99));
  refused("question", known);

  v1::AuthorizeRequest unsure = Question();
  unsure.set_confidence("0.2");
  const auto escalated = tenant_.component.Call<v1::AuthorizeResponse>(unsure);
  ASSERT_TRUE(escalated.ok()) << escalated.refusal();
  ASSERT_TRUE(Claim(rita_, escalated->task_id()).ok());
  refused("person_text", Word(escalated->task_id()));
  EXPECT_TRUE(Refused(Human("omar").Call<v1::ReleaseTaskResponse>(Word(id)).status, kPrecondition, "WRONG_STATE")) << "who does not hold it";
}

TEST_F(ACase, WaitsForNobodyOnceThePersonWasErased) {
  const std::string id = Open();
  ASSERT_TRUE(Claim(rita_, id).ok());
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference(kPerson);
  erase.set_ground(v1::ERASURE_GROUND_REQUEST);
  ASSERT_TRUE(Human("officer", v1::ROLE_COMPLIANCE).Call<v1::ErasePersonResponse>(erase).ok());
  EXPECT_TRUE(Refused(rita_.Call<v1::ReleaseTaskResponse>(Word(id)).status, kPrecondition, "ERASED"));
  EXPECT_TRUE(Refused(Person().Call<v1::ReplyResponse>(Replying(id)).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

// Another server of the ledger, whose clock is past the case's time by law.
TEST_F(ACase, IsAGapFromItsLegalDateUntilItIsAnswered) {
  const v1::ContestResponse asked = Contest(About(Decide(tenant_.component).decision_id()));
  const std::string id = asked.case_().case_id();
  ledger::Process server(World::Get().database(), World::Get().folder().path() + "/state");
  ledger::ShiftedClock clock;
  clock.shift = absl::FromUnixSeconds(asked.case_().legal_due_time().seconds() + 2) - SystemClock().Now();
  const law::LawBook laws = *law::LawBook::Read(law::ShippedLaws());
  flow::CaseBook book(server.ledgers, server.writers, clock);
  flow::Cases(server.ledgers, *server.appender, book, server.writers, laws, clock).NameLate(server.Get(*Uuid::FromText(tenant_.id)), {});

  const Client officer = Human("officer", v1::ROLE_COMPLIANCE);
  v1::ListGapsRequest list;
  const auto all = officer.Call<v1::ListGapsResponse>(list);
  ASSERT_TRUE(all.ok()) << all.refusal();
  EXPECT_EQ(all->gaps_size(), 1) << "among those of any kind";
  list.set_kind(v1::GAP_KIND_CASE);
  const auto late = officer.Call<v1::ListGapsResponse>(list);
  ASSERT_TRUE(late.ok()) << late.refusal();
  ASSERT_EQ(late->gaps_size(), 1);
  EXPECT_EQ(late->gaps(0).kind(), v1::GAP_KIND_CASE);
  EXPECT_EQ(late->gaps(0).case_id(), id);
  EXPECT_EQ(late->gaps(0).decision_id(), asked.case_().decision_ids(0));
  EXPECT_FALSE(late->gaps(0).has_close_time());
  Resolve(rita_, Saying(id, v1::CASE_OUTCOME_UPHELD));
  EXPECT_EQ(officer.Call<v1::ListGapsResponse>(list)->gaps_size(), 0) << "answered, if late";
  list.set_with_closed(true);
  const auto closed = officer.Call<v1::ListGapsResponse>(list);
  ASSERT_EQ(closed->gaps_size(), 1);
  EXPECT_TRUE(closed->gaps(0).has_close_time());
}

// What a server of its own, told of calendars, writes into the leaf.
TEST(ACalendarOfATenant, MovesTheLegalDateAndStandsInTheLeaf) {
  const Folder folder;
  const std::string database = candor::testing::Postgres::Get().Url(), state = folder.path() + "/state", file = folder.path() + "/calendars.json";
  Server plain({.database = database, .state = state, .marks = {}, .more = {}});
  plain.Start();
  std::string key = ReadText(state + "/operator.apikey");
  key.pop_back();
  const Tenant made = MakeTenant(Client::To(plain.address(), key), "ledger.example.com/calendars");
  ASSERT_EQ(plain.Stop(), 0);
  Server told({.database = database, .state = state, .marks = {}, .more = {"--calendars", file}});
  std::ofstream(file) << "{\"tenants\": {\"" << made.id << "\": {\"calendar\": \"de\", \"zone\": \"Mars/Olympus\"}}}";
  EXPECT_FALSE(told.TryStart());
  EXPECT_THAT(told.log(), HasSubstr(file + ": tenants." + made.id + ".zone: must be a time zone that this machine knows"));
  std::ofstream(file) << "{\"tenants\": {\"" << made.id << "\": {\"calendar\": \"de\", \"holidays\": ["
                      << "{\"name\": \"new year\", \"month\": 1, \"day\": 2}]}}}";
  told.Start();
  const Client system = Client::To(told.address(), made.system.key());
  v1::IssuePersonTokenRequest token;
  token.set_request_id(NewId());
  token.set_person_reference(kPerson);
  const auto issued = system.Call<v1::IssuePersonTokenResponse>(token);
  ASSERT_TRUE(issued.ok()) << issued.refusal();
  v1::RequestErasureRequest ask;
  ask.set_request_id(NewId());
  const auto asked = Client::To(told.address(), issued->token()).Call<v1::RequestErasureResponse>(ask);
  ASSERT_TRUE(asked.ok()) << asked.refusal();
  EXPECT_EQ(asked->case_().calendar(), "de:own");
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(asked->receipt(), made.key, &leaf));
  EXPECT_EQ(FactOf(leaf, "case_calendar"), "de:own");
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  const absl::CivilSecond due = absl::ToCivilSecond(absl::FromUnixSeconds(asked->case_().due_time().seconds()), berlin);
  EXPECT_EQ(due + 1, absl::CivilSecond(absl::CivilDay(due) + 1)) << "the last second of a day in Berlin";
}

TEST_F(ACase, IsOneWhereThePersonContestsTwiceAtTheSameInstant) {
  const std::string decision = Decide(tenant_.component).decision_id();
  std::vector<std::future<Answer<v1::ContestResponse>>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(std::async(std::launch::async, [&] { return Person().Call<v1::ContestResponse>(About(decision)); }));
  }
  int opened = 0;
  for (auto& each : answers) {
    const auto answer = each.get();
    opened += answer.ok() ? 1 : 0;
    EXPECT_TRUE(answer.ok() || Refused(answer.status, kPrecondition, "WRONG_STATE"));
  }
  EXPECT_EQ(opened, 1);
  v1::ExplainRequest explain;
  explain.set_decision_id(decision);
  EXPECT_EQ(Person().Call<v1::ExplainResponse>(explain)->cases_size(), 1);
}

}  // namespace
}  // namespace candor::e2e
