// A person contests a decision: a case with its clocks, a human who took no part, an answer with
// reasons, and a component that decides anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "services/core/bundle/tar.h"
#include "services/crypto/sha256.h"
#include "services/pages/explanation.h"
#include "services/pages/words.h"
#include "tests/e2e/contesting.h"
#include "tests/e2e/opened.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(Contesting, OpensACaseATaskAndItsClocksWithOneLeaf) {
  const std::string decision = Decide(tenant_.component).decision_id();
  const v1::ContestRequest request = About(decision);
  const v1::ContestResponse answer = Contest(request);

  const core::Leaf leaf = LeafOf(answer.receipt());
  EXPECT_EQ(leaf.type, "case");
  EXPECT_EQ(leaf.decision->ToText(), decision);
  EXPECT_EQ(FactOf(leaf, "case_kind"), "contest");
  EXPECT_EQ(FactOf(leaf, "case_clock"), "c_gdpr_12");
  EXPECT_EQ(answer.receipt().leaf().find("in time"), std::string::npos);
  EXPECT_EQ(answer.receipt().leaf().find(kPerson), std::string::npos);
  EXPECT_EQ(answer.case_().stage(), v1::CASE_STAGE_RECEIVED);
  EXPECT_THAT(answer.case_().decision_ids(), ElementsAre(decision));
  Opener opener(World::Get(), tenant_);
  EXPECT_THAT(opener.Sections(answer.receipt().position())["contest"], HasSubstr("It came in time."));

  EXPECT_EQ(Contest(request).receipt().leaf(), answer.receipt().leaf()) << "a repetition";
  const auto again = Person().Call<v1::ContestResponse>(About(decision));
  EXPECT_TRUE(Refused(again.status, kPrecondition, "WRONG_STATE")) << "one at a time";

  v1::ListTasksRequest list;
  list.set_kind(v1::TASK_KIND_CASE);
  const auto tasks = Human("rita").Call<v1::ListTasksResponse>(list);
  ASSERT_TRUE(tasks.ok()) << tasks.refusal();
  ASSERT_THAT(tasks->tasks(), SizeIs(1));
  EXPECT_EQ(tasks->tasks(0).task_id(), answer.case_().case_id());
  EXPECT_EQ(tasks->tasks(0).system(), "refund_bot");
  EXPECT_EQ(tasks->tasks(0).case_().kind(), v1::CASE_KIND_CONTEST);
}

TEST_F(Contesting, IsAnsweredByAHumanAndTheComponentDecidesAnew) {
  const v1::RecordResponse first = Decide(tenant_.component);
  const std::string id = Contest(About(first.decision_id())).case_().case_id();
  const Client rita = Human("rita");
  ASSERT_TRUE(Claim(rita, id).ok());
  v1::GetTaskRequest look;
  look.set_task_id(id);
  look.set_with_sections(true);
  const auto seen = rita.Call<v1::GetTaskResponse>(look);
  ASSERT_TRUE(seen.ok()) << seen.refusal();
  std::vector<std::string> names;
  for (const v1::Section& section : seen->task().sections()) names.push_back(section.name());
  EXPECT_THAT(names, Contains("contest"));
  EXPECT_THAT(names, Contains("inputs")) << "what was decided";
  EXPECT_EQ(Get(id).case_().stage(), v1::CASE_STAGE_UNDER_REVIEW);

  const v1::ResolveTaskResponse resolved = Resolve(rita, Saying(id, v1::CASE_OUTCOME_GRANTED));
  const core::Leaf leaf = LeafOf(resolved.receipt());
  EXPECT_EQ(leaf.type, "review");
  EXPECT_EQ(leaf.amends->ToText(), first.outcome_id());
  EXPECT_EQ(FactOf(leaf, "case_outcome"), "granted");
  const v1::GetContestResponse told = Get(id);
  EXPECT_EQ(told.case_().outcome(), v1::CASE_OUTCOME_GRANTED);
  EXPECT_EQ(told.case_().answer_text(), "The carrier's list says otherwise.");
  EXPECT_FALSE(told.case_().remedies_text().empty());
  EXPECT_EQ(told.case_().stage(), v1::CASE_STAGE_ANSWERED);

  // The component polls its own task, and sees no words of the person or to them.
  look.set_with_sections(false);
  const auto polled = tenant_.component.Call<v1::GetTaskResponse>(look);
  ASSERT_TRUE(polled.ok()) << polled.refusal();
  EXPECT_EQ(polled->task().resolution(), v1::RESOLUTION_OVERRIDE);
  EXPECT_EQ(polled->task().case_().outcome(), v1::CASE_OUTCOME_GRANTED);
  EXPECT_TRUE(polled->task().case_().answer_text().empty());
  v1::AuthorizeRequest resting = Question();
  resting.set_review_id(polled->task().review_id());
  EXPECT_TRUE(Refused(tenant_.component.Call<v1::AuthorizeResponse>(resting).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"))
      << "it permits nothing by itself";

  v1::RecordRequest anew = record_;
  anew.set_request_id(NewId());
  anew.set_amends_id(first.outcome_id());
  anew.set_case_id(id);
  const auto corrected = tenant_.component.Call<v1::RecordResponse>(anew);
  ASSERT_TRUE(corrected.ok()) << corrected.refusal();
  EXPECT_EQ(LeafOf(corrected->receipt()).type, "correction");
  const v1::GetContestResponse closed = Get(id);
  EXPECT_THAT(StagesOf(closed.case_()),
              ElementsAre(v1::CASE_STAGE_RECEIVED, v1::CASE_STAGE_ASSIGNED, v1::CASE_STAGE_UNDER_REVIEW,
                          v1::CASE_STAGE_ANSWERED, v1::CASE_STAGE_REMEDIED, v1::CASE_STAGE_CLOSED));
  EXPECT_THAT(closed.receipts(), SizeIs(5));
  for (const v1::Receipt& receipt : closed.receipts()) EXPECT_TRUE(Verifies(receipt, tenant_.key));
}

TEST_F(Contesting, StandsInTheExplanationOfTheDecision) {
  v1::ExplainRequest explain;
  explain.set_decision_id(Decide(tenant_.component).decision_id());
  const auto before = Person().Call<v1::ExplainResponse>(explain);
  ASSERT_TRUE(before.ok()) << before.refusal();
  EXPECT_TRUE(before->decision().contestable());
  const std::string id = Contest(About(explain.decision_id())).case_().case_id();

  const auto waiting = Person().Call<v1::ExplainResponse>(explain);
  EXPECT_FALSE(waiting->decision().contestable());
  EXPECT_THAT(waiting->decision().case_ids(), ElementsAre(id));
  Resolve(Human("rita"), Saying(id, v1::CASE_OUTCOME_UPHELD));
  const auto after = Person().Call<v1::ExplainResponse>(explain);
  ASSERT_THAT(after->cases(), SizeIs(1));
  EXPECT_EQ(after->cases(0).outcome(), v1::CASE_OUTCOME_UPHELD);
  EXPECT_EQ(after->cases(0).stage(), v1::CASE_STAGE_CLOSED) << "nothing is to be done";
  EXPECT_EQ(after->decision().outcome_text(), before->decision().outcome_text());
}

// What the person reads of it, from the first step to the last.
TEST_F(Contesting, StandsOnThePersonsPageWithWhoAnswersByWhenAndTheAnswer) {
  const v1::RecordResponse first = Decide(tenant_.component);
  v1::ExplainRequest explain;
  explain.set_decision_id(first.decision_id());
  const auto page = [&](const char* language) {
    explain.set_language(language);
    const auto answer = Person().Call<v1::ExplainResponse>(explain);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    std::string text = pages::ToPlainText(pages::PageOf(answer.value, ""), 2000);
    EXPECT_EQ(pages::ToHtml(pages::PageOf(answer.value, "")).find("<script"), std::string::npos);
    return text;
  };
  EXPECT_THAT(page("en"), Not(HasSubstr("What you asked for")));
  const v1::ContestResponse asked = Contest(About(explain.decision_id()));
  const std::string id = asked.case_().case_id();
  const absl::Time due = absl::FromUnixSeconds(asked.case_().legal_due_time().seconds());
  EXPECT_THAT(page("en"), AllOf(HasSubstr("What you asked for"), HasSubstr("a new look at the result"), HasSubstr("No one has taken it up"),
                                HasSubstr("had no part in the result"),
                                HasSubstr("You must have the answer by " + pages::MomentOf(due, pages::Language::kEnglish))));
  EXPECT_THAT(page("de"), AllOf(HasSubstr("Was Sie verlangt haben"), HasSubstr("bis zum " + pages::MomentOf(due, pages::Language::kGerman))));
  const Client rita = Human("rita");
  ASSERT_TRUE(Claim(rita, id).ok());
  EXPECT_THAT(page("en"), HasSubstr("A person has taken it up"));
  v1::ReleaseTaskRequest back;
  back.set_request_id(NewId());
  back.set_task_id(id);
  back.set_question(v1::QUESTION_KIND_INFORMATION);
  back.set_person_text("Which parcel do you mean?");
  ASSERT_TRUE(rita.Call<v1::ReleaseTaskResponse>(back).ok());
  EXPECT_THAT(page("en"), AllOf(HasSubstr("It waits for you"), HasSubstr("Which parcel do you mean?"), HasSubstr("does not run on until you reply")));
  v1::ResolveTaskRequest answer = Saying(id, v1::CASE_OUTCOME_PARTLY_GRANTED);
  answer.set_answer_text("Half of it <script>x</script>.");
  Resolve(rita, answer);
  EXPECT_THAT(page("en"), AllOf(HasSubstr("You get a part of what you asked for"), HasSubstr("Half of it"), HasSubstr("still to come"),
                                Not(HasSubstr("You must have the answer by"))));
  EXPECT_THAT(page("de"), HasSubstr("Sie bekommen einen Teil von dem, was Sie verlangt haben"));
  v1::RecordRequest anew = record_;
  anew.set_request_id(NewId());
  anew.set_amends_id(first.outcome_id());
  anew.set_case_id(id);
  ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(anew).ok());
  EXPECT_THAT(page("en"), HasSubstr("The change was made on"));
}

TEST_F(Contesting, IsAnsweredByNobodyWhoTookPartInTheDecision) {
  const std::string human = World::MakeHuman(tenant_, {v1::ROLE_REVIEWER, v1::ROLE_TENANT_SYSTEM}, "hugo");
  const Client hugo = World::MakeKey(tenant_, human), anna = Human("anna"), rita = Human("rita");
  const std::string asked = Contest(About(Decide(hugo).decision_id())).case_().case_id();
  EXPECT_TRUE(Refused(Claim(hugo, asked).status, kPrecondition, "FOUR_EYES_REQUIRED")) << "who asked for it";
  const std::string approved = Contest(About(Decide(tenant_.component, kPerson, "anna").decision_id())).case_().case_id();
  EXPECT_TRUE(Refused(Claim(anna, approved).status, kPrecondition, "FOUR_EYES_REQUIRED")) << "whom the record names";
  EXPECT_TRUE(Claim(rita, asked).ok());
  EXPECT_TRUE(Claim(rita, approved).ok());
  EXPECT_TRUE(Refused(Claim(tenant_.system, approved).status, grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
}

TEST_F(Contesting, IsNotAnsweredByWhoAnsweredItBefore) {
  const std::string decision = Decide(tenant_.component).decision_id();
  const Client rita = Human("rita"), omar = Human("omar", v1::ROLE_COMPLIANCE);
  Resolve(rita, Saying(Contest(About(decision)).case_().case_id(), v1::CASE_OUTCOME_UPHELD));
  const std::string second = Contest(About(decision)).case_().case_id();
  EXPECT_TRUE(Refused(Claim(rita, second).status, kPrecondition, "FOUR_EYES_REQUIRED"));
  Resolve(omar, Saying(second, v1::CASE_OUTCOME_PARTLY_GRANTED));
  EXPECT_EQ(Get(second).case_().outcome(), v1::CASE_OUTCOME_PARTLY_GRANTED);
}

TEST_F(Contesting, WantsAWholeAnswer) {
  const std::string id = Contest(About(Decide(tenant_.component).decision_id())).case_().case_id();
  const Client rita = Human("rita");
  ASSERT_TRUE(Claim(rita, id).ok());
  std::vector<std::pair<std::string, v1::ResolveTaskRequest>> wrong;
  const auto add = [&](const char* field, v1::CaseOutcome outcome = v1::CASE_OUTCOME_UPHELD) -> v1::ResolveTaskRequest& {
    return wrong.emplace_back(field, Saying(id, outcome)).second;
  };
  add("case_outcome").clear_case_outcome();
  add("answer_text").clear_answer_text();
  add("refusal_ground", v1::CASE_OUTCOME_REFUSED);
  add("refusal_ground").set_refusal_ground("too_late");
  add("resolution", v1::CASE_OUTCOME_GRANTED).set_resolution(v1::RESOLUTION_UPHOLD);
  add("resolution").set_resolution(v1::RESOLUTION_OVERRIDE);
  for (const auto& [field, request] : wrong) {
    const auto answer = rita.Call<v1::ResolveTaskResponse>(request);
    EXPECT_TRUE(Refused(answer.status, kInvalid, "FIELD_INVALID")) << field;
    EXPECT_EQ(answer.refusal().field, field);
  }
  v1::ResolveTaskRequest unknown = Saying(id, v1::CASE_OUTCOME_GRANTED);
  unknown.set_changed_decision_id("01890000-0000-7000-8000-000000000000");
  EXPECT_TRUE(Refused(rita.Call<v1::ResolveTaskResponse>(unknown).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  v1::ResolveTaskRequest instead = Saying(id, v1::CASE_OUTCOME_GRANTED);
  instead.set_changed_decision_id(Decide(tenant_.component).decision_id());
  Resolve(rita, instead);
  EXPECT_EQ(Get(id).case_().changed_decision_id(), instead.changed_decision_id());
  EXPECT_EQ(Get(id).case_().stage(), v1::CASE_STAGE_CLOSED) << "it was decided anew";
  v1::ResolveTaskRequest refused = Saying(Contest(About(Decide(tenant_.component).decision_id())).case_().case_id(), v1::CASE_OUTCOME_REFUSED);
  refused.set_refusal_ground("too_late");
  Resolve(rita, refused);
  EXPECT_EQ(Get(refused.task_id()).case_().refusal_ground(), "too_late");
}

TEST_F(Contesting, IsForTheirOwnDecisionsAndCasesAlone) {
  const std::string theirs = Decide(tenant_.component, "customer-2").decision_id();
  const auto not_mine = Person().Call<v1::ContestResponse>(About(theirs));
  const auto missing = Person().Call<v1::ContestResponse>(About("01890000-0000-7000-8000-000000000000"));
  EXPECT_TRUE(Refused(not_mine.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_EQ(not_mine.status.error_message(), missing.status.error_message());
  const std::string id = Contest(About(Decide(tenant_.component).decision_id())).case_().case_id();
  const auto guessed = Get(Person("customer-2"), id);
  const auto absent = Get(Person("customer-2"), "01890000-0000-7000-8000-000000000000");
  EXPECT_TRUE(Refused(guessed.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_EQ(guessed.status.error_message(), absent.status.error_message());
  EXPECT_EQ(guessed.status.error_details(), absent.status.error_details());
}

TEST_F(Contesting, RefusesWhatIsNoContestAndWhoMayOnlyRead) {
  v1::ContestRequest request = About(Decide(tenant_.component).decision_id());
  const Client reader = World::MakePerson(tenant_, kPerson, {}, /*read_only=*/true);
  EXPECT_TRUE(Refused(reader.Call<v1::ContestResponse>(request).status, grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
  request.set_kind(v1::CASE_KIND_ERASE);
  const auto wrong = Person().Call<v1::ContestResponse>(request);
  EXPECT_TRUE(Refused(wrong.status, kInvalid, "FIELD_INVALID"));
  EXPECT_EQ(wrong.refusal().field, "kind");
  request.set_kind(v1::CASE_KIND_APPEAL);
  request.set_statement(std::string(1 << 20, 'x'));
  EXPECT_EQ(Person().Call<v1::ContestResponse>(request).refusal().field, "statement");
  const std::string hostile = "<script>x</script> \xE2\x80\xAE" "cba \xF0\x9F\x98\x80";
  request.set_statement(hostile);
  const auto taken = Person().Call<v1::ContestResponse>(request);
  if (taken.ok()) {
    Opener opener(World::Get(), tenant_);
    EXPECT_THAT(opener.Sections(taken->receipt().position())["contest"], HasSubstr("<script>x</script>"));
    EXPECT_EQ(taken->receipt().leaf().find("script"), std::string::npos);
  } else {
    EXPECT_EQ(taken.refusal().field, "statement");
  }
}

TEST_F(Contesting, IsForgottenWithThePerson) {
  const std::string decision = Decide(tenant_.component).decision_id();
  const v1::ContestResponse answer = Contest(About(decision));
  const Client rita = Human("rita");
  ASSERT_TRUE(Claim(rita, answer.case_().case_id()).ok());
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference(kPerson);
  erase.set_ground(v1::ERASURE_GROUND_REQUEST);
  ASSERT_TRUE(Human("officer", v1::ROLE_COMPLIANCE).Call<v1::ErasePersonResponse>(erase).ok());

  Opener opener(World::Get(), tenant_);
  EXPECT_THAT(opener.Handles(answer.receipt().position()), IsEmpty());
  EXPECT_TRUE(Refused(Get(Person(), answer.case_().case_id()).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Refused(Person().Call<v1::ContestResponse>(About(decision)).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  const auto late = rita.Call<v1::ResolveTaskResponse>(Saying(answer.case_().case_id(), v1::CASE_OUTCOME_UPHELD));
  EXPECT_TRUE(Refused(late.status, kPrecondition, "ERASED"));
  EXPECT_TRUE(Verifies(answer.receipt(), tenant_.key)) << "the receipt still proves that it was asked";
  v1::GetTaskRequest get;
  get.set_task_id(answer.case_().case_id());
  for (int tries = 0; tries < 200 && rita.Call<v1::GetTaskResponse>(get)->task().state() != v1::TASK_STATE_EXPIRED; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(rita.Call<v1::GetTaskResponse>(get)->task().state(), v1::TASK_STATE_EXPIRED) << "nobody waits for an answer";
}

TEST_F(Contesting, IsLookedAtUnderTheEyesOfThePerson) {
  const std::string id = Contest(About(Decide(tenant_.component).decision_id())).case_().case_id();
  v1::GetTaskRequest look;
  look.set_task_id(id);
  look.set_with_sections(true);
  ASSERT_TRUE(Human("rita").Call<v1::GetTaskResponse>(look).ok());
  const auto looked = Person().Call<v1::WhoLookedResponse>(v1::WhoLookedRequest());
  ASSERT_TRUE(looked.ok()) << looked.refusal();
  ASSERT_THAT(looked->readings(), SizeIs(1));
  EXPECT_THAT(looked->readings(0).sections(), Contains("contest"));
}

TEST_F(Contesting, GoesWithARequestForErasureThatIsCarriedOut) {
  Decide(tenant_.component);
  v1::RequestErasureRequest ask;
  ask.set_request_id(NewId());
  ask.set_statement("Please.");
  const auto asked = Person().Call<v1::RequestErasureResponse>(ask);
  ASSERT_TRUE(asked.ok()) << asked.refusal();
  EXPECT_EQ(asked->case_().kind(), v1::CASE_KIND_ERASE);
  v1::GetTaskRequest get;
  get.set_task_id(asked->case_().case_id());
  const Client officer = Human("officer", v1::ROLE_COMPLIANCE);
  const auto waits = officer.Call<v1::GetTaskResponse>(get);
  ASSERT_TRUE(waits.ok()) << waits.refusal();
  EXPECT_EQ(waits->task().state(), v1::TASK_STATE_OPEN);
  EXPECT_TRUE(waits->task().decision_id().empty());

  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference(kPerson);
  erase.set_ground(v1::ERASURE_GROUND_REQUEST);
  erase.set_case_id(NewId());
  EXPECT_TRUE(Refused(officer.Call<v1::ErasePersonResponse>(erase).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  erase.clear_case_id();
  const auto erased = officer.Call<v1::ErasePersonResponse>(erase);
  ASSERT_TRUE(erased.ok()) << erased.refusal();
  EXPECT_EQ(FactOf(LeafOf(erased->receipt()), "case"), get.task_id()) << "the request that it answers";
  EXPECT_EQ(officer.Call<v1::ErasePersonResponse>(erase)->receipt().leaf(), erased->receipt().leaf()) << "a repetition";
  EXPECT_EQ(officer.Call<v1::GetTaskResponse>(get)->task().state(), v1::TASK_STATE_RESOLVED);
}

TEST_F(Contesting, GoesWithARequestForErasureThatTheLawForbids) {
  Decide(tenant_.component);
  v1::RequestErasureRequest ask;
  ask.set_request_id(NewId());
  const auto asked = Person().Call<v1::RequestErasureResponse>(ask);
  ASSERT_TRUE(asked.ok()) << asked.refusal();
  v1::ResolveTaskRequest refuse = Saying(asked->case_().case_id(), v1::CASE_OUTCOME_REFUSED);
  refuse.set_refusal_ground("not_ours");
  Resolve(Human("officer", v1::ROLE_COMPLIANCE), refuse);
  EXPECT_EQ(Get(refuse.task_id()).case_().outcome(), v1::CASE_OUTCOME_REFUSED);
  EXPECT_EQ(Get(refuse.task_id()).case_().refusal_ground(), "not_ours");
}

TEST_F(Contesting, GoesWithARequestForCorrection) {
  v1::RequestCorrectionRequest ask;
  ask.set_request_id(NewId());
  ask.add_corrections()->set_wrong("Two days, not nine.");
  const auto asked = Person().Call<v1::RequestCorrectionResponse>(ask);
  ASSERT_TRUE(asked.ok()) << asked.refusal();
  EXPECT_EQ(asked->case_().kind(), v1::CASE_KIND_RECTIFY);
  EXPECT_EQ(asked->receipt().leaf().find("Two days"), std::string::npos);
  Opener opener(World::Get(), tenant_);
  EXPECT_THAT(opener.Sections(asked->receipt().position())["contest"], HasSubstr("Two days, not nine."));
  v1::GetTaskRequest look;
  look.set_task_id(asked->case_().case_id());
  look.set_with_sections(true);
  ASSERT_TRUE(Human("omar").Call<v1::GetTaskResponse>(look).ok());
  const auto looked = Person().Call<v1::WhoLookedResponse>(v1::WhoLookedRequest());
  ASSERT_THAT(looked->readings(), SizeIs(1)) << "a reading that is about no decision";
  EXPECT_THAT(looked->readings(0).sections(), Contains("contest"));
  v1::ResolveTaskRequest done = Saying(asked->case_().case_id(), v1::CASE_OUTCOME_GRANTED);
  done.add_corrected_datum_ids("order_age");
  const v1::ResolveTaskResponse answer = Resolve(Human("rita"), done);
  EXPECT_THAT(opener.Sections(answer.receipt().position())["contest"], HasSubstr("order_age"));
  EXPECT_EQ(Get(done.task_id()).case_().stage(), v1::CASE_STAGE_CLOSED);
  ask.set_request_id(NewId());
  ask.set_decision_id(Decide(tenant_.component, "customer-2").decision_id());
  EXPECT_TRUE(Refused(Person().Call<v1::RequestCorrectionResponse>(ask).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(Contesting, StandsInTheFileOfEverythingAboutThePerson) {
  const std::string decision = Decide(tenant_.component).decision_id(), other = Decide(tenant_.component, "customer-2").decision_id();
  const std::string id = Contest(About(decision)).case_().case_id();
  const auto parts = Person().CallTelling<v1::ExportMyDataResponse>(v1::ExportMyDataRequest());
  ASSERT_TRUE(parts.ok()) << parts.refusal();
  std::string tar;
  for (const v1::ExportMyDataResponse& part : parts.value) tar += part.chunk();
  class Names : public core::TarReader::Files {
   public:
    absl::Status Begin(const core::TarFile& file) override {
      names.push_back(file.name);
      return absl::OkStatus();
    }
    absl::Status Bytes(std::string_view bytes) override {
      text += bytes;
      return absl::OkStatus();
    }
    absl::Status End() override { return absl::OkStatus(); }
    std::vector<std::string> names;
    std::string text;
  } files;
  core::TarReader reader(files);
  ASSERT_TRUE(reader.Take(tar).ok());
  ASSERT_TRUE(reader.End().ok());
  EXPECT_THAT(files.names, ElementsAre("decisions/" + decision + ".json", "decisions/" + decision + ".html",
                                       "cases/" + id + ".json", "readers/1.json", "index.html"));
  EXPECT_THAT(files.text, HasSubstr("What is kept about you"));
  EXPECT_THAT(files.text, Not(HasSubstr(other)));
  EXPECT_EQ(parts.value.back().digest(), std::string(AsText(crypto::Sha256(AsBytes(tar)).view())));
}

}  // namespace
}  // namespace candor::e2e
