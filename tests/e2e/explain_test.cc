// What a person is shown of the decisions on them: theirs alone, as it was recorded, and so
// that they can check it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "candor/v1/transparency_service.pb.h"
#include "services/core/commit/section.h"
#include "services/pages/explanation.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kPerson = "customer-1182";

class OnePerson : public ::testing::Test {
 protected:
  static v1::AuthorizeRequest RichQuestion(const std::string& person = kPerson) {
    v1::AuthorizeRequest request = Question(person);
    request.mutable_person()->set_language("en");
    request.mutable_purpose()->set_legal_basis(v1::LEGAL_BASIS_ART6_1_F);
    v1::DataItem& item = *request.add_data_used();
    item.set_datum_id("order_age");
    item.set_name("Age of the order");
    item.set_category("order");
    item.set_source_kind(v1::SOURCE_KIND_INTERNAL);
    item.set_source_name("shop");
    item.mutable_obtained_time()->set_seconds(1'700'000'000);
    item.set_value_json("41");
    item.set_unit("days");
    v1::ProtectedAttribute& kept = *request.add_protected_attributes();
    kept.set_attribute("age_band");
    kept.set_value("60_to_69");
    kept.set_provenance(v1::PROVENANCE_SELF_DECLARED);
    return request;
  }

  static v1::RecordRequest RichRecord(const std::string& authorization) {
    v1::RecordRequest request = RecordOf(authorization);
    v1::Outcome& outcome = *request.mutable_outcome();
    outcome.set_code("refused");
    outcome.set_adverse(true);
    outcome.set_effect(v1::EFFECT_CLASS_SIMILARLY_SIGNIFICANT);
    outcome.set_ai_influence(v1::AI_INFLUENCE_DETERMINATIVE);
    outcome.set_score("0.31");
    outcome.set_score_threshold("0.25");
    v1::Reason& reason = *outcome.add_reasons();
    reason.set_code("too_late");
    reason.set_direction(v1::DIRECTION_ADVERSE);
    reason.add_factor_ids("age");
    v1::Factor& factor = *outcome.add_factors();
    factor.set_id("age");
    factor.set_datum_id("order_age");
    factor.set_value("41");
    factor.set_baseline("30");
    v1::Counterfactual& change = *outcome.mutable_explanation()->add_counterfactuals();
    outcome.mutable_explanation()->set_language("en");
    change.set_changes("Age of the order: at most 30 days");
    change.set_outcome("granted");
    change.set_verified_by_rerun(true);
    outcome.mutable_human()->set_kind(v1::OVERSIGHT_KIND_PRE_APPROVAL);
    outcome.mutable_human()->set_decision(v1::HUMAN_DECISION_CONFIRM);
    outcome.mutable_human()->set_human_reference("staff-77 Mary");
    return request;
  }

  std::string Decide(const v1::AuthorizeRequest& question = RichQuestion(),
                     const std::function<void(v1::Outcome&)>& change = [](v1::Outcome&) {}) const {
    const auto asked = tenant_.component.Call<v1::AuthorizeResponse>(question);
    EXPECT_TRUE(asked.ok()) << asked.refusal();
    v1::RecordRequest record = RichRecord(asked->authorization_id());
    change(*record.mutable_outcome());
    const auto told = tenant_.component.Call<v1::RecordResponse>(record);
    EXPECT_TRUE(told.ok()) << told.refusal();
    return asked->decision_id();
  }

  void PutWords(const std::string& language, const std::map<std::string, std::string>& texts) const {
    v1::PutReasonCatalogueRequest request;
    request.set_request_id(NewId());
    request.set_language(language);
    for (const auto& [code, text] : texts) {
      request.add_reasons()->set_code(code);
      request.mutable_reasons(request.reasons_size() - 1)->set_text(text);
    }
    const std::string code = "owner" + std::to_string(++owners_);
    const Client owner = World::MakeCaller(tenant_, v1::ROLE_MODEL_OWNER, code);
    const auto put = owner.Call<v1::PutReasonCatalogueResponse>(request);
    ASSERT_TRUE(put.ok()) << put.refusal();
  }

  static Answer<v1::ExplainResponse> Explain(const Client& person, const std::string& decision,
                                             const std::string& language = {}) {
    v1::ExplainRequest request;
    request.set_decision_id(decision);
    request.set_language(language);
    return person.Call<v1::ExplainResponse>(request);
  }
  v1::ExplainResponse Explained(const std::string& decision, const std::string& language = {}) const {
    const auto answer = Explain(World::MakePerson(tenant_, kPerson), decision, language);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  static std::vector<std::string> Listed(const Client& person, int page_size = 0) {
    std::vector<std::string> ids;
    v1::ListDecisionsRequest request;
    request.set_page_size(page_size);
    do {
      const auto page = person.Call<v1::ListDecisionsResponse>(request);
      EXPECT_TRUE(page.ok()) << page.refusal();
      EXPECT_LE(page->decisions_size(), page_size == 0 ? 50 : page_size);
      for (const v1::PersonDecision& decision : page->decisions()) ids.push_back(decision.decision_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  mutable int owners_ = 0;
};

TEST_F(OnePerson, SeesTheirDecisionsNewestFirstAndNoOthers) {
  std::vector<std::string> mine;
  for (int i = 0; i < 5; ++i) {
    mine.insert(mine.begin(), Decide());
    Decide(RichQuestion("customer-2"));
  }
  const Client person = World::MakePerson(tenant_, kPerson);

  EXPECT_EQ(Listed(person), mine);
  EXPECT_EQ(Listed(person, 2), mine);
  EXPECT_THAT(Listed(World::MakePerson(tenant_, "nobody-yet")), IsEmpty());
}

TEST_F(OnePerson, SeesOnlyThoseOfThePeriodAskedFor) {
  Decide();
  const std::string second = Decide(), third = Decide();
  const auto when = [&](const std::string& id) { return Explained(id).decision().create_time(); };
  v1::ListDecisionsRequest request;
  *request.mutable_from_time() = when(second);
  *request.mutable_until_time() = when(third);

  const auto page = World::MakePerson(tenant_, kPerson).Call<v1::ListDecisionsResponse>(request);

  ASSERT_EQ(page->decisions_size(), 1);
  EXPECT_EQ(page->decisions(0).decision_id(), second);
  EXPECT_EQ(page->decisions(0).outcome_text(), "refused");
  EXPECT_TRUE(page->decisions(0).adverse());
}

TEST_F(OnePerson, FindsNothingOfAnybodyElse) {
  const std::string theirs = Decide(RichQuestion("customer-2"));
  const Tenant elsewhere = world_.MakeTenant();
  const Client stranger = World::MakePerson(tenant_, kPerson), namesake = World::MakePerson(elsewhere, "customer-2");
  const grpc::Status nobodys = Explain(stranger, NewId()).status;

  EXPECT_TRUE(Refused(nobodys, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_EQ(RefusalOf(Explain(stranger, theirs).status).bytes, RefusalOf(nobodys).bytes);
  EXPECT_EQ(RefusalOf(Explain(namesake, theirs).status).bytes, RefusalOf(nobodys).bytes);
  v1::DataUseRequest data;
  data.set_decision_id(theirs);
  EXPECT_EQ(RefusalOf(stranger.Call<v1::DataUseResponse>(data).status).bytes, RefusalOf(nobodys).bytes);
  EXPECT_TRUE(Explain(World::MakePerson(tenant_, "customer-2"), theirs).ok());
}

TEST_F(OnePerson, IsNotWhoMerelyStandsInAnothersDecision) {
  v1::AuthorizeRequest question = RichQuestion("customer-2");
  question.add_other_persons()->set_reference(kPerson);
  const std::string decision = Decide(question);

  EXPECT_EQ(Explain(World::MakePerson(tenant_, kPerson), decision).status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(Listed(World::MakePerson(tenant_, kPerson)), Not(Contains(decision)));
}

TEST_F(OnePerson, IsToldWhatWasRecordedAndNothingElse) {
  const v1::ExplainResponse answer = Explained(Decide());

  EXPECT_EQ(answer.decision().outcome_text(), "refused");
  EXPECT_TRUE(answer.decision().adverse());
  EXPECT_EQ(answer.decision().automation(), v1::AUTOMATION_HUMAN_IN_LOOP);
  EXPECT_EQ(answer.effect(), v1::EFFECT_CLASS_SIMILARLY_SIGNIFICANT);
  EXPECT_EQ(answer.score(), "0.31");
  EXPECT_EQ(answer.score_threshold(), "0.25");
  EXPECT_EQ(answer.purpose_text(), "service recovery");
  EXPECT_THAT(answer.ai_role_text(), HasSubstr("v7"));
  EXPECT_THAT(answer.human_role_text(), HasSubstr("A person looked at it first"));
  EXPECT_THAT(answer.changes_that_matter(),
              ElementsAre(HasSubstr("Age of the order: at most 30 days. Then the result would have been: granted.")));
  ASSERT_EQ(answer.reasons_size(), 1);
  const v1::ShownReason& reason = answer.reasons(0);
  EXPECT_EQ(reason.code(), "too_late");
  EXPECT_EQ(reason.direction(), v1::DIRECTION_ADVERSE);
  ASSERT_EQ(reason.factors_size(), 1);
  EXPECT_EQ(reason.factors(0).name(), "Age of the order");
  EXPECT_EQ(reason.factors(0).value(), "41");
  EXPECT_EQ(reason.factors(0).baseline(), "30");
  EXPECT_EQ(reason.factors(0).source_name(), "shop");
  EXPECT_EQ(reason.factors(0).obtained_time().seconds(), 1'700'000'000);
  ASSERT_EQ(answer.data_size(), 1);
  EXPECT_EQ(answer.data(0).value_json(), "41");
  EXPECT_EQ(answer.data(0).unit(), "days");
  EXPECT_THAT(answer.unused_data(), ElementsAre("age band"));
}

TEST_F(OnePerson, IsToldOfNoChangeThatNobodyTried) {
  const v1::ExplainResponse answer = Explained(Decide(RichQuestion(), [](v1::Outcome& outcome) { outcome.clear_explanation(); }));

  EXPECT_THAT(answer.changes_that_matter(), IsEmpty());
  EXPECT_EQ(answer.text(), "");
}

TEST_F(OnePerson, NeverSeesWhoOfTheStaffTookPart) {
  const v1::ExplainResponse answer = Explained(Decide());

  EXPECT_THAT(answer.SerializeAsString(), Not(HasSubstr("staff-77")));
  bool withheld = false;
  for (const v1::ShownSection& shown : answer.sections()) {
    if (shown.section().name() != "oversight") continue;
    withheld = shown.section().withheld() == v1::WITHHELD_REASON_OTHER_PERSON && shown.section().content().empty() &&
               shown.section().salt().empty();
  }
  EXPECT_TRUE(withheld);
}

TEST_F(OnePerson, NeverSeesWhatConcernsAnotherInTheSameDecision) {
  v1::AuthorizeRequest question = RichQuestion();
  question.add_other_persons()->set_reference("customer-secret");
  question.mutable_other_persons(0)->set_inputs_json(R"({"owes":"a lot"})");

  const v1::ExplainResponse answer = Explained(Decide(question));

  EXPECT_THAT(answer.SerializeAsString(), Not(HasSubstr("customer-secret")));
  EXPECT_THAT(answer.SerializeAsString(), Not(HasSubstr("a lot")));
}

TEST_F(OnePerson, CanCheckEachShownSectionAgainstAProvenLeaf) {
  const v1::ExplainResponse answer = Explained(Decide());
  std::map<std::string, core::Leaf> leaves;
  ASSERT_GE(answer.receipts_size(), 2);
  for (const v1::Receipt& receipt : answer.receipts()) {
    core::Leaf leaf;
    EXPECT_TRUE(Verifies(receipt, tenant_.key, &leaf));
    leaves[leaf.id.ToText()] = leaf;
  }
  EXPECT_THAT(answer.vkeys(), ElementsAre(tenant_.key.ToText()));

  std::set<std::string> shown_names;
  for (const v1::ShownSection& shown : answer.sections()) {
    if (shown.section().withheld() != 0) continue;
    const core::Leaf& leaf = leaves.at(shown.leaf_id());
    const std::map<std::string, Digest> commitments(leaf.sections.begin(), leaf.sections.end());
    EXPECT_TRUE(core::CheckSection({.origin = tenant_.origin, .leaf_id = shown.leaf_id(), .name = shown.section().name()},
                                   AsBytes(shown.section().salt()), AsBytes(shown.section().content()),
                                   commitments.at(shown.section().name())).ok());
    shown_names.insert(shown.section().name());
  }
  for (const char* name : {"person", "data_used", "reasons", "explanation", "output", "protected"}) {
    EXPECT_TRUE(shown_names.contains(name)) << name;
  }
}

TEST_F(OnePerson, ReadsTheWordsOfTheCatalogueWithTheirOwnValuesInThem) {
  PutWords("en", {{"too_late", "The order is {value} days old; {baseline} is the limit. {{x} {order_age}"},
                  {"refused:outcome", "no refund"}, {"refund.grant:action", "Your refund"},
                  {"order_age:datum", "How old your order is"}, {"refund_bot:contact", "Ms Doe, Room 3"}});
  const v1::ExplainResponse answer = Explained(Decide());

  EXPECT_EQ(answer.reasons(0).text(), "The order is 41 days old; 30 is the limit. {x} 41");
  EXPECT_EQ(answer.reasons(0).language(), "");
  EXPECT_EQ(answer.decision().outcome_text(), "no refund");
  EXPECT_EQ(answer.decision().title(), "Your refund");
  EXPECT_EQ(answer.data(0).name(), "How old your order is");
  EXPECT_THAT(answer.contact_text(), HasSubstr("Ms Doe, Room 3"));
  EXPECT_THAT(answer.remarks(), IsEmpty());
}

TEST_F(OnePerson, ReadsTheirOwnLanguageOrIsToldThatItIsAnother) {
  PutWords("en", {{"too_late", "It came late."}, {"not_ours", "It is not ours."}});
  PutWords("de", {{"too_late", "Es kam zu spät."}});
  const std::string decision = Decide(RichQuestion(), [](v1::Outcome& outcome) {
    outcome.clear_explanation();
    outcome.add_reasons()->set_code("not_ours");
  });
  const v1::ExplainResponse answer = Explained(decision, "de-at");

  EXPECT_EQ(answer.language(), "de");
  EXPECT_EQ(answer.reasons(0).text(), "Es kam zu spät.");
  EXPECT_EQ(answer.reasons(0).language(), "");
  EXPECT_EQ(answer.reasons(1).text(), "It is not ours.");
  EXPECT_EQ(answer.reasons(1).language(), "en");
  EXPECT_THAT(answer.human_role_text(), HasSubstr("Ein Mensch"));
  EXPECT_THAT(answer.remarks(), ElementsAre(HasSubstr("Englisch")));
}

TEST_F(OnePerson, ReadsEnglishAndIsToldSoWhereThereAreNoWordsInTheirLanguage) {
  const v1::ExplainResponse answer = Explained(Decide(), "pt-br");

  EXPECT_EQ(answer.language(), "en");
  EXPECT_THAT(answer.remarks(), Contains(HasSubstr("pt-br")));
}

TEST_F(OnePerson, ReadsTheLanguageOfTheRequestThenOfTheTokenThenOfTheRecord) {
  v1::AuthorizeRequest question = RichQuestion();
  question.mutable_person()->set_language("de");
  const std::string decision = Decide(question);
  const Client with_token = World::MakePerson(tenant_, kPerson, "en");

  EXPECT_EQ(Explained(decision).language(), "de");
  EXPECT_EQ(Explain(with_token, decision)->language(), "en");
  EXPECT_EQ(Explain(with_token, decision, "de")->language(), "de");
}

TEST_F(OnePerson, IsNotShownATextWithAPlaceholderThatNothingFills) {
  for (const char* text : {"You owe {debts}.", "You owe {value", "You owe {}."}) {
    PutWords("en", {{"too_late", text}});
    const v1::ExplainResponse answer = Explained(Decide());
    EXPECT_EQ(answer.reasons(0).text(), "") << text;
    EXPECT_EQ(answer.reasons(0).code(), "too_late");
  }
}

TEST_F(OnePerson, ReadsMarkupInAValueAsTextThatTurnsNothing) {
  PutWords("en", {{"too_late", "You said {value}."}});
  const std::string decision = Decide(RichQuestion(), [](v1::Outcome& outcome) {
    outcome.mutable_factors(0)->set_value("<img src=x>\u202e{order_age}");
  });
  const v1::ExplainResponse answer = Explained(decision);
  EXPECT_EQ(answer.reasons(0).text(), "You said <img src=x>\u202e{order_age}.") << "as recorded, filled once";
  const std::string page = pages::ToHtml(pages::PageOf(answer, ""));
  EXPECT_THAT(page, HasSubstr("You said &lt;img src=x&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\u202e")));
}

TEST_F(OnePerson, IsNotShownASecondFillingOfWhatWasFilledIn) {
  PutWords("en", {{"too_late", "Said: {value}"}});
  const std::string decision = Decide(RichQuestion(), [](v1::Outcome& outcome) {
    outcome.mutable_factors(0)->set_value("{baseline}{order_age}");
  });

  EXPECT_EQ(Explained(decision).reasons(0).text(), "Said: {baseline}{order_age}");
}

TEST_F(OnePerson, IsToldWhereTheRulesSaidNo) {
  v1::AuthorizeRequest question = RichQuestion();
  question.mutable_action()->set_amount("5000");
  question.mutable_action()->set_currency("eur");
  const auto asked = tenant_.component.Call<v1::AuthorizeResponse>(question);
  ASSERT_EQ(asked->verdict(), v1::VERDICT_DENY);

  const v1::ExplainResponse answer = Explained(asked->decision_id());

  EXPECT_THAT(answer.decision().outcome_text(), HasSubstr("rules did not let"));
  ASSERT_EQ(answer.reasons_size(), 1);
  EXPECT_EQ(answer.reasons(0).code(), "amount_over_limit");
  EXPECT_NE(answer.reasons(0).text(), "");
}

TEST_F(OnePerson, IsToldWhatDoesNotFitInTheRecord) {
  v1::AuthorizeRequest question = RichQuestion();
  question.mutable_action()->set_amount("5000");
  question.mutable_action()->set_currency("eur");
  const std::string decision = Decide(question);

  EXPECT_THAT(Explained(decision).remarks(), Contains(HasSubstr("The rules said no. It was done all the same.")));
}

TEST_F(OnePerson, SeesTheCorrectedResult) {
  const std::string decision = Decide();
  const v1::ExplainResponse before = Explained(decision);
  v1::RecordRequest correction;
  core::Leaf authorization, outcome;
  ASSERT_TRUE(Verifies(before.receipts(0), tenant_.key, &authorization));
  ASSERT_TRUE(Verifies(before.receipts(1), tenant_.key, &outcome));
  correction = RecordOf(authorization.id.ToText());
  correction.set_amends_id(outcome.id.ToText());
  const auto corrected = tenant_.component.Call<v1::RecordResponse>(correction);
  ASSERT_TRUE(corrected.ok()) << corrected.refusal();

  EXPECT_EQ(before.decision().outcome_text(), "refused");
  EXPECT_EQ(Explained(decision).decision().outcome_text(), "granted");
  EXPECT_EQ(Explained(decision).receipts_size(), 3);
}

TEST_F(OnePerson, SeesTheDataOfAllTheirDecisionsPageByPage) {
  std::vector<std::string> decisions;
  for (int i = 0; i < 3; ++i) {
    v1::AuthorizeRequest question = RichQuestion();
    *question.add_data_used() = question.data_used(0);
    question.mutable_data_used(1)->set_datum_id("order_value");
    decisions.insert(decisions.begin(), Decide(question));
  }
  const Client person = World::MakePerson(tenant_, kPerson);
  for (const int page_size : {1, 3, 200}) {
    std::vector<std::string> seen;
    v1::DataUseRequest request;
    request.set_page_size(page_size);
    do {
      const auto page = person.Call<v1::DataUseResponse>(request);
      ASSERT_TRUE(page.ok()) << page.refusal();
      EXPECT_LE(page->data_size(), page_size);
      for (const v1::UsedDatum& datum : page->data()) seen.push_back(datum.decision_id() + " " + datum.datum_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    std::vector<std::string> all;
    for (const std::string& decision : decisions) {
      for (const char* datum : {" order_age", " order_value"}) all.push_back(decision + datum);
    }
    EXPECT_EQ(seen, all) << page_size;
  }
  v1::DataUseRequest of_one;
  of_one.set_decision_id(decisions[1]);
  EXPECT_THAT(person.Call<v1::DataUseResponse>(of_one)->data(), SizeIs(2));
}

TEST_F(OnePerson, IsToldOfNoReadingWhereNobodyLooked) {
  Decide();
  const auto looked = World::MakePerson(tenant_, kPerson).Call<v1::WhoLookedResponse>(v1::WhoLookedRequest());

  ASSERT_TRUE(looked.ok()) << looked.refusal();
  EXPECT_THAT(looked->readings(), IsEmpty());
  EXPECT_EQ(looked->next_page_token(), "");
}

TEST_F(OnePerson, IsRefusedWhatIsMalformed) {
  const Client person = World::MakePerson(tenant_, kPerson);
  const auto field = [](const auto& answer) {
    EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
    return answer.refusal().field;
  };
  v1::ListDecisionsRequest list;
  v1::DataUseRequest data;
  v1::WhoLookedRequest looked;
  for (const char* token : {"x", "1", "-", "1-x", "-1-1", "99999999999999999999-0"}) {
    list.set_page_token(token);
    data.set_page_token(token);
    looked.set_page_token(token);
    EXPECT_EQ(field(person.Call<v1::ListDecisionsResponse>(list)), "page_token") << token;
    EXPECT_EQ(field(person.Call<v1::DataUseResponse>(data)), "page_token") << token;
    EXPECT_EQ(field(person.Call<v1::WhoLookedResponse>(looked)), "page_token") << token;
  }
  EXPECT_EQ(field(Explain(person, "")), "decision_id");
  EXPECT_EQ(field(Explain(person, "x")), "decision_id");
  EXPECT_EQ(field(Explain(person, NewId(), "<b>")), "language");
}

}  // namespace
}  // namespace candor::e2e
