#include "tests/e2e/catalogue_world.h"

#include "absl/time/clock.h"
#include "candor/v1/oversight_service.pb.h"

namespace candor::e2e {

Tenant* Catalogue::tenant_ = nullptr;
Client *Catalogue::carla_ = nullptr, *Catalogue::rita_ = nullptr;
std::map<std::string, std::string> Catalogue::names_, Catalogue::ids_;

void Catalogue::Declare(v1::CodeKind kind, const std::vector<std::string>& codes) {
  v1::DeclareCodesRequest request;
  request.set_request_id(NewId());
  request.set_kind(kind);
  for (const std::string& code : codes) request.add_codes(code);
  Must<v1::DeclareCodesResponse>(tenant_->system, request);
}

v1::AuthorizeResponse Catalogue::Ask(const std::string& name, v1::AuthorizeRequest request) {
  request.set_request_id(NewId());
  const auto answer = Must<v1::AuthorizeResponse>(tenant_->component, request);
  names_[answer.decision_id()] = name;
  ids_[name] = answer.decision_id();
  return answer;
}

void Catalogue::Record(const v1::AuthorizeResponse& of, const v1::Outcome& outcome) {
  v1::RecordRequest record = RecordOf(of.authorization_id());
  *record.mutable_outcome() = outcome;
  Must<v1::RecordResponse>(tenant_->component, record);
}

v1::Outcome Catalogue::Granted() { return RecordOf("").outcome(); }

v1::Outcome Catalogue::Refused(const std::string& reason) {
  v1::Outcome outcome;
  outcome.set_code("refused");
  outcome.set_adverse(true);
  outcome.set_action_taken(v1::ACTION_TAKEN_TAKEN);
  outcome.add_reasons()->set_code(reason);
  return outcome;
}

void Catalogue::Decide(const std::string& name, const v1::AuthorizeRequest& request, const v1::Outcome& outcome) {
  Record(Ask(name, request), outcome);
}

v1::RecordResultRequest Catalogue::ResultOf(const std::string& name) {
  v1::RecordResultRequest result;
  result.set_request_id(NewId());
  result.set_decision_id(ids_.at(name));
  return result;
}

// 24 applications, of which 3 of 12 in German and 6 of 12 in English are refused.
void Catalogue::Screen() {
  v1::RegisterSystemRequest system;
  system.set_request_id(NewId());
  system.mutable_system()->set_system("screener");
  system.mutable_system()->add_models("ranker");
  system.mutable_system()->add_model_versions("r1");
  system.mutable_system()->set_risk_class(v1::RISK_CLASS_HIGH);
  system.mutable_system()->mutable_assessments()->set_dpia_digest(std::string(32, 'd'));
  Must<v1::RegisterSystemResponse>(tenant_->system, system);
  v1::RegisterDecisionTypeRequest type;
  type.set_request_id(NewId());
  type.mutable_decision_type()->set_action("applicant.screen");
  for (const char* outcome : {"invited", "rejected"}) type.mutable_decision_type()->add_outcomes(outcome);
  type.mutable_decision_type()->add_purposes("hiring");
  Must<v1::RegisterDecisionTypeResponse>(tenant_->system, type);
  for (int i = 0; i < 24; ++i) {
    const bool german = i < 12, refused = german ? i < 3 : i < 18;
    v1::AuthorizeRequest request = Question("applicant-" + std::to_string(i));
    request.mutable_actor()->set_system("screener");
    request.mutable_actor()->set_model("ranker");
    request.mutable_actor()->set_model_version("r1");
    request.mutable_action()->set_name("applicant.screen");
    request.mutable_action()->clear_amount();
    request.mutable_action()->clear_currency();
    request.mutable_purpose()->set_code("hiring");
    request.set_domain(v1::DOMAIN_EMPLOYMENT);
    request.mutable_conversation()->set_language(german ? "de" : "en");
    v1::Outcome outcome;
    outcome.set_code(refused ? "rejected" : "invited");
    outcome.set_adverse(refused);
    if (refused) outcome.add_reasons()->set_code("not_ours");
    Decide("applicant " + std::to_string(i), request, outcome);
  }
}

void Catalogue::Blast() {
  v1::AuthorizeRequest request = Question("customer-1");
  const auto database = [&](const std::string& version) {
    request.clear_reference_databases();
    request.add_reference_databases()->set_id("prices");
    request.mutable_reference_databases(0)->set_version(version);
  };
  database("p2");
  request.mutable_actor()->set_model_version("v8");
  request.mutable_actor()->set_prompt_template_digest(std::string(32, 'p'));
  Decide("blast", request);
  request.mutable_actor()->set_model_version("v7");
  Decide("blast of the other version", request);
  database("p1");
  Decide("blast of the other prices", request);
  v1::AuthorizeRequest used = Question("customer-1");
  v1::DataItem& datum = *used.add_data_used();
  datum.set_datum_id("order-4711");
  datum.set_category("orders");
  datum.set_source_kind(v1::SOURCE_KIND_AGENCY);
  Decide("datum", used);
  used.mutable_data_used(0)->set_datum_id("order-4712");
  used.mutable_data_used(0)->set_source_kind(v1::SOURCE_KIND_INTERNAL);
  Decide("other datum", used);
  v1::AuthorizeRequest talk = Question("customer-1");
  talk.mutable_conversation()->set_id("talk-7");
  Decide("talk", talk);
  Decide("talk again", talk);
  talk.mutable_conversation()->set_id("talk-70");
  Decide("other talk", talk);
}

void Catalogue::Tell() {
  Decide("untold", Question("customer-2"), Refused("too_late"));
  Decide("told", Question("customer-2"), Refused("too_late"));
  v1::RecordNoticeRequest notice;
  notice.set_request_id(NewId());
  notice.set_decision_id(ids_["told"]);
  notice.mutable_person()->set_reference("customer-2");
  v1::Notice& one = *notice.add_notices();
  one.set_kind(v1::NOTICE_KIND_CCD2_REFUSAL);
  one.set_text("We refused your refund, because you asked too late.");
  one.mutable_deliver_time()->set_seconds(1'760'000'000);
  Must<v1::RecordNoticeResponse>(tenant_->component, notice);
}

void Catalogue::Automate() {
  v1::AuthorizeRequest request = Question("customer-3");
  v1::Outcome legal = Granted();
  legal.set_effect(v1::EFFECT_CLASS_LEGAL);
  request.mutable_purpose()->set_art22_ground(v1::ART22_GROUND_CONTRACT);
  Decide("alone by contract", request, legal);
  request.mutable_purpose()->set_art22_ground(v1::ART22_GROUND_EXPLICIT_CONSENT);
  Decide("alone by consent", request, legal);
  legal.mutable_human()->set_kind(v1::OVERSIGHT_KIND_PRE_APPROVAL);
  legal.mutable_human()->set_decision(v1::HUMAN_DECISION_CONFIRM);
  Decide("with a human", request, legal);
  v1::Outcome weightless = Granted();
  weightless.set_effect(v1::EFFECT_CLASS_NONE);
  Decide("without weight", request, weightless);
}

void Catalogue::Review() {
  v1::AuthorizeRequest unsure = Question("customer-4");
  unsure.set_confidence("0.5");
  for (const auto& [name, resolution] :
       {std::pair("upheld", v1::RESOLUTION_UPHOLD), std::pair("overridden", v1::RESOLUTION_OVERRIDE)}) {
    v1::ClaimTaskRequest claim;
    claim.set_request_id(NewId());
    claim.set_task_id(Ask(name, unsure).task_id());
    Must<v1::ClaimTaskResponse>(*rita_, claim);
    v1::ResolveTaskRequest resolve;
    resolve.set_request_id(NewId());
    resolve.set_task_id(claim.task_id());
    resolve.set_resolution(resolution);
    resolve.set_reason("not_ours");
    Must<v1::ResolveTaskResponse>(*rita_, resolve);
  }
  Ask("unreviewed", unsure);
}

void Catalogue::MatchFaces() {
  v1::AuthorizeRequest request = Question("customer-5");
  v1::ReferenceDatabase& faces = *request.add_reference_databases();
  faces.set_id("faces");
  faces.set_version("f1");
  faces.set_match_count(2);
  v1::Outcome outcome = Granted();
  outcome.mutable_start_time()->set_seconds(1'760'000'000);
  outcome.mutable_end_time()->set_seconds(1'760'000'060);
  outcome.set_confirmers(2);
  Decide("face", request, outcome);
}

void Catalogue::GoWrong() {
  v1::AuthorizeRequest large = Question("customer-6");
  large.mutable_action()->set_amount("500");
  Ask("denied", large);
  Decide("done though denied", large);
  v1::RecordResultRequest complained = ResultOf("untold"), reversed = ResultOf("told");
  complained.set_complaint(true);
  complained.set_complaint_reason("too_late");
  Must<v1::RecordResultResponse>(tenant_->component, complained);
  reversed.set_complaint(true);
  reversed.set_complaint_reason("not_ours");
  reversed.set_reversed(true);
  Must<v1::RecordResultResponse>(tenant_->component, reversed);
  v1::AuthorizeRequest drifting = Question("customer-6");
  drifting.mutable_circumstances()->set_drift(v1::DRIFT_STATE_ALARM);
  Decide("drifting", drifting);
  drifting.mutable_circumstances()->set_drift(v1::DRIFT_STATE_NONE);
  Decide("not drifting", drifting);
}

void Catalogue::Object() {
  Decide("before the objection", Question("customer-7"));
  v1::ObjectRequest object;
  object.set_request_id(NewId());
  object.set_purpose("service_recovery");
  Must<v1::ObjectResponse>(World::MakePerson(*tenant_, "customer-7"), object);
  Decide("after the objection", Question("customer-7"));
}

void Catalogue::Forget() {
  Decide("erased", Question("customer-8"));
  Decide("held", Question("customer-9"));
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference("customer-8");
  erase.set_ground(v1::ERASURE_GROUND_CONSENT_WITHDRAWN);
  Must<v1::ErasePersonResponse>(*carla_, erase);
  v1::PlaceHoldRequest hold;
  hold.set_request_id(NewId());
  hold.set_matter("court_case");
  hold.set_reason("the court asked for it");
  hold.add_decision_ids(ids_["held"]);
  Must<v1::PlaceHoldResponse>(*carla_, hold);
}

void Catalogue::Lose() {
  ASSERT_TRUE(tenant_->component.Call<v1::RecordResponse>(RecordOf(NewId())).ok());
  World::SetTimes(*tenant_, 1, 1);
  Ask("lost", Question("customer-1"));
  const auto late = Ask("late", Question("customer-1"));
  for (int tries = 0; tries < 1000 && Find("type = outcome_missing").size() < 2; ++tries) absl::SleepFor(absl::Milliseconds(20));
  Record(late, Granted());
}

void Catalogue::SetUpTestSuite() {
  tenant_ = new Tenant(World::Get().MakeTenant());
  carla_ = new Client(World::MakeKey(*tenant_, World::MakeHuman(*tenant_, {v1::ROLE_COMPLIANCE}, "carla")));
  rita_ = new Client(World::MakeKey(*tenant_, World::MakeHuman(*tenant_, {v1::ROLE_REVIEWER}, "rita")));
  Declare(v1::CODE_KIND_REASON, {"access_request"});
  Declare(v1::CODE_KIND_REFERENCE_DATABASE, {"prices", "faces"});
  Declare(v1::CODE_KIND_REFERENCE_VERSION, {"p1", "p2", "f1"});
  Declare(v1::CODE_KIND_DATA_CATEGORY, {"orders"});
  Declare(v1::CODE_KIND_MATTER, {"court_case"});
  Screen();
  Blast();
  Tell();
  Automate();
  Review();
  MatchFaces();
  GoWrong();
  Object();
  Forget();
  Lose();
  ASSERT_GE(names_.size(), 30u);
}

void Catalogue::TearDownTestSuite() {
  delete rita_;
  delete carla_;
  delete tenant_;
}

v1::SearchRequest Catalogue::For(const std::string& filter) {
  v1::SearchRequest request;
  request.set_filter(filter);
  request.set_page_size(500);
  return request;
}

v1::SearchRequest Catalogue::WithReason(const std::string& filter) {
  v1::SearchRequest request = For(filter);
  request.set_reason("access_request");
  return request;
}

std::vector<std::string> Catalogue::Find(const v1::SearchRequest& request) {
  std::vector<std::string> found;
  const auto answer = Must<v1::SearchResponse>(*carla_, request);
  for (const auto& one : answer.decisions()) {
    const auto name = names_.find(one.decision_id());
    found.push_back(name == names_.end() ? "of no name" : name->second);
  }
  return found;
}

std::vector<std::string> Catalogue::Find(const std::string& filter) { return Find(For(filter)); }

v1::GetDossierResponse Catalogue::Dossier(const std::string& name, const std::vector<std::string>& sections) {
  v1::GetDossierRequest request;
  request.set_decision_id(ids_.at(name));
  for (const std::string& section : sections) request.add_sections(section);
  if (!sections.empty()) {
    request.set_request_id(NewId());
    request.set_reason("access_request");
  }
  return Must<v1::GetDossierResponse>(*carla_, request);
}

std::string Catalogue::Content(const v1::DossierEntry& entry, const std::string& name) {
  for (const v1::Section& section : entry.sections()) {
    if (section.name() == name) return section.content();
  }
  return {};
}

core::Leaf Catalogue::LeafOf(const v1::DossierEntry& entry) {
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(entry.receipt(), tenant_->key, &leaf));
  return leaf;
}

std::vector<std::string> Catalogue::TypesOf(const v1::GetDossierResponse& dossier) {
  std::vector<std::string> types;
  for (const auto& entry : dossier.entries()) types.push_back(entry.type());
  return types;
}

std::vector<std::string> Catalogue::Count(v1::AggregateRequest request) {
  request.mutable_period()->mutable_from_time()->set_seconds(0);
  request.mutable_period()->mutable_until_time()->set_seconds(253'000'000'000);
  std::vector<std::string> rows;
  const auto answer = Must<v1::AggregateResponse>(*carla_, request);
  for (const v1::AggregateRow& row : answer.rows()) {
    rows.push_back(row.segments(0) + ": " + std::to_string(row.count()) + "/" + std::to_string(row.total()));
  }
  return rows;
}

}  // namespace candor::e2e
