#include "tests/e2e/rich_ledger.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "candor/v1/audit_service.pb.h"
#include "candor/v1/oversight_service.pb.h"
#include "candor/v1/transparency_service.pb.h"
#include "services/policy/bundle.h"

namespace candor::e2e {
namespace {

// Ends the test program: a ledger that lacks something would prove less than it says.
template <typename Response>
Response Made(const Answer<Response>& answer) {
  if (answer.ok()) return answer.value;
  std::fprintf(stderr, "the rich ledger of the tests: %s\n", answer.status.error_message().c_str());
  std::abort();
}

v1::AuthorizeResponse Ask(const Client& client, const v1::AuthorizeRequest& request) {
  return Made(client.Call<v1::AuthorizeResponse>(request));
}

std::string Record(const Client& client, const v1::RecordRequest& request) {
  return Made(client.Call<v1::RecordResponse>(request)).outcome_id();
}

// Each verdict, and what follows.
void Decide(const Client& client) {
  v1::AuthorizeRequest escalated = Question("customer-2"), denied = Question("customer-2");
  escalated.set_confidence("0.2");
  escalated.add_other_persons()->set_reference("customer-3");
  escalated.mutable_conversation()->set_id("conversation-1");
  denied.mutable_action()->set_amount("5000");
  const auto allowed = Ask(client, Question());
  v1::RecordRequest outcome = RecordOf(allowed.authorization_id()), correction = outcome;
  correction.set_request_id(NewId());
  correction.set_amends_id(Record(client, outcome));
  Record(client, correction);
  Record(client, RecordOf(Ask(client, escalated).authorization_id()));
  Record(client, RecordOf(Ask(client, denied).authorization_id()));

  v1::RecordResultRequest result;
  result.set_request_id(NewId());
  result.set_decision_id(allowed.decision_id());
  result.set_detail_json(R"({"said": "never arrived"})");
  Made(client.Call<v1::RecordResultResponse>(result));
  v1::RecordNoticeRequest notice;
  notice.set_request_id(NewId());
  notice.mutable_person()->set_reference("customer-7");
  notice.add_notices()->set_kind(v1::NOTICE_KIND_AI_INTERACTION);
  notice.mutable_notices(0)->mutable_deliver_time()->set_seconds(absl::ToUnixSeconds(absl::Now()));
  Made(client.Call<v1::RecordNoticeResponse>(notice));
  v1::CancelRequest cancel;
  cancel.set_request_id(NewId());
  cancel.set_authorization_id(Ask(client, Question()).authorization_id());
  Made(client.Call<v1::CancelResponse>(cancel));
  v1::ObserveRequest observed;
  observed.set_request_id(NewId());
  observed.mutable_actor()->set_system("refund_bot");
  observed.mutable_action()->set_name("refund.grant");
  observed.mutable_outcome()->set_code("granted");
  Made(client.Call<v1::ObserveResponse>(observed));
}

// A person contests, a human answers, and the component decides anew.
void Contest(const Tenant& tenant) {
  const Client person = World::MakePerson(tenant, "customer-8");
  const Client reviewer = World::MakeKey(tenant, World::MakeHuman(tenant, {v1::ROLE_REVIEWER}, "reviewer-2"));
  const auto allowed = Ask(tenant.component, Question("customer-8"));
  v1::RecordRequest outcome = RecordOf(allowed.authorization_id()), anew = outcome;
  anew.set_amends_id(Record(tenant.component, outcome));
  v1::ContestRequest contest;
  contest.set_request_id(NewId());
  contest.set_decision_id(allowed.decision_id());
  contest.set_kind(v1::CASE_KIND_CONTEST);
  contest.set_statement("It came in time.");
  const std::string id = Made(person.Call<v1::ContestResponse>(contest)).case_().case_id();
  v1::ClaimTaskRequest claim;
  claim.set_request_id(NewId());
  claim.set_task_id(id);
  Made(reviewer.Call<v1::ClaimTaskResponse>(claim));
  v1::ReleaseTaskRequest back;
  back.set_request_id(NewId());
  back.set_task_id(id);
  back.set_person_text("It takes longer.");
  back.set_extend(true);
  Made(reviewer.Call<v1::ReleaseTaskResponse>(back));
  claim.set_request_id(NewId());
  Made(reviewer.Call<v1::ClaimTaskResponse>(claim));
  back.set_request_id(NewId());
  back.clear_extend();
  back.set_question(v1::QUESTION_KIND_INFORMATION);
  Made(reviewer.Call<v1::ReleaseTaskResponse>(back));
  v1::ReplyRequest reply;
  reply.set_request_id(NewId());
  reply.set_case_id(id);
  reply.set_statement("It came on Monday.");
  Made(person.Call<v1::ReplyResponse>(reply));
  claim.set_request_id(NewId());
  Made(reviewer.Call<v1::ClaimTaskResponse>(claim));
  v1::GetTaskRequest look;
  look.set_task_id(id);
  look.set_with_sections(true);
  Made(reviewer.Call<v1::GetTaskResponse>(look));
  v1::ResolveTaskRequest resolve;
  resolve.set_request_id(NewId());
  resolve.set_task_id(id);
  resolve.set_resolution(v1::RESOLUTION_OVERRIDE);
  resolve.set_reason("too_late");
  resolve.set_case_outcome(v1::CASE_OUTCOME_GRANTED);
  resolve.set_answer_text("You are right.");
  Made(reviewer.Call<v1::ResolveTaskResponse>(resolve));
  anew.set_request_id(NewId());
  anew.set_case_id(id);
  Record(tenant.component, anew);
}

// One task that a human holds, and one that a human settled.
void Review(const Tenant& tenant) {
  const Client reviewer = World::MakeKey(tenant, World::MakeHuman(tenant, {v1::ROLE_REVIEWER}, "reviewer-1"));
  const auto claim = [&] {
    v1::AuthorizeRequest unsure = Question();
    unsure.set_confidence("0.2");
    v1::ClaimTaskRequest request;
    request.set_request_id(NewId());
    request.set_task_id(Ask(tenant.component, unsure).task_id());
    Made(reviewer.Call<v1::ClaimTaskResponse>(request));
    return request.task_id();
  };
  claim();
  v1::ResolveTaskRequest resolve;
  resolve.set_request_id(NewId());
  resolve.set_task_id(claim());
  resolve.set_resolution(v1::RESOLUTION_UPHOLD);
  resolve.set_reason("too_late");
  resolve.set_justification("The parcel came late");
  resolve.set_shown_json("{}");
  Made(reviewer.Call<v1::ResolveTaskResponse>(resolve));
}

void Administer(const Client& system) {
  v1::DeclareCodesRequest codes;
  codes.set_request_id(NewId());
  codes.set_kind(v1::CODE_KIND_TOOL);
  codes.add_codes("hammer");
  Made(system.Call<v1::DeclareCodesResponse>(codes));
  v1::CreatePrincipalRequest human;
  human.set_request_id(NewId());
  human.set_kind(v1::PRINCIPAL_KIND_HUMAN);
  human.set_human_code("staff-1");
  human.add_roles(v1::ROLE_TENANT_SYSTEM);
  human.add_roles(v1::ROLE_REVIEWER);
  const std::string principal = Made(system.Call<v1::CreatePrincipalResponse>(human)).principal().principal_id();
  v1::CreateApiKeyRequest create;
  create.set_principal_id(principal);
  create.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 3600);
  create.set_request_id(NewId());
  const auto key = Made(system.Call<v1::CreateApiKeyResponse>(create));
  create.set_request_id(NewId());
  const auto other = Made(system.Call<v1::CreateApiKeyResponse>(create));
  v1::DeclareCodesRequest again = codes;  // By a human, and partly declared before.
  again.set_request_id(NewId());
  again.add_codes("saw");
  Made(system.With(key.secret()).Call<v1::DeclareCodesResponse>(again));
  v1::RevokeApiKeyRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_key_id(other.key().key_id());
  Made(system.Call<v1::RevokeApiKeyResponse>(revoke));
  v1::DisablePrincipalRequest disable;
  disable.set_request_id(NewId());
  disable.set_principal_id(principal);
  Made(system.Call<v1::DisablePrincipalResponse>(disable));
}

// Each kind of leaf of the registry.
void Register(const Tenant& tenant) {
  const auto human = [&](const char* code) {
    return World::MakeKey(tenant, World::MakeHuman(tenant, {v1::ROLE_MODEL_OWNER}, code));
  };
  const Client first = human("owner-1"), second = human("owner-2");
  v1::RegisterModelVersionRequest version;
  version.set_request_id(NewId());
  version.mutable_version()->set_system("refund_bot");
  version.mutable_version()->set_model("judge");
  version.mutable_version()->set_model_version("v9");
  version.mutable_version()->set_model_digest(std::string(32, 'd'));
  Made(first.Call<v1::RegisterModelVersionResponse>(version));
  v1::ProposeModelStateRequest propose;
  propose.set_request_id(NewId());
  propose.set_system("refund_bot");
  propose.set_model("judge");
  propose.set_model_version("v9");
  propose.set_state(v1::MODEL_STATE_SHADOW);
  v1::ConfirmModelStateRequest confirm;
  confirm.set_request_id(NewId());
  confirm.set_proposal_id(Made(first.Call<v1::ProposeModelStateResponse>(propose)).proposal_id());
  Made(second.Call<v1::ConfirmModelStateResponse>(confirm));
  v1::RegisterDataSetRequest set;
  set.set_request_id(NewId());
  set.mutable_data_set()->set_data_set("refunds");
  set.mutable_data_set()->set_version("y2026");
  set.mutable_data_set()->set_digest(std::string(32, 'd'));
  Made(first.Call<v1::RegisterDataSetResponse>(set));
  v1::PutReasonCatalogueRequest reasons;
  reasons.set_request_id(NewId());
  reasons.set_language("de");
  reasons.add_reasons()->set_code("too_early");
  reasons.mutable_reasons(0)->set_text("Zu früh.");
  Made(first.Call<v1::PutReasonCatalogueResponse>(reasons));
  v1::RecordAssuranceRequest run;
  run.set_request_id(NewId());
  run.mutable_run()->set_system("refund_bot");
  run.mutable_run()->set_model("judge");
  run.mutable_run()->set_model_version("v9");
  run.mutable_run()->set_suite("hostile");
  run.mutable_run()->set_suite_digest(std::string(32, 's'));
  run.mutable_run()->set_result(v1::ASSURANCE_RESULT_FAILED);
  run.mutable_run()->add_categories()->set_category("hostile");
  run.mutable_run()->mutable_categories(0)->set_run_count(2);
  run.mutable_run()->mutable_categories(0)->set_passed_count(1);
  Made(first.Call<v1::RecordAssuranceResponse>(run));
  v1::StopRequest stop;
  stop.set_request_id(NewId());
  stop.set_model_version("v9");
  stop.set_reason("too_late");
  v1::LiftStopRequest lift;
  lift.set_request_id(NewId());
  lift.set_stop_id(Made(first.Call<v1::StopResponse>(stop)).stop().stop_id());
  Made(second.Call<v1::LiftStopResponse>(lift));
}

// A policy set, tried, proposed and turned down.
void RegisterPolicies(const Tenant& tenant) {
  const auto human = [&](v1::Role role, const char* code) {
    return World::MakeKey(tenant, World::MakeHuman(tenant, {role}, code));
  };
  const Client author = human(v1::ROLE_POLICY_AUTHOR, "author-1"), officer = human(v1::ROLE_COMPLIANCE, "officer-1");
  v1::RegisterPolicySetRequest set;
  set.set_request_id(NewId());
  set.set_name("refunds");
  std::vector<policy::BundleFile> files;
  files.push_back({.path = "refunds/refunds.rego",
                   .text = "package refunds\n\nimport rego.v1\n\n# METADATA\n# title: Never\n# custom: {version: 1, "
                           "verdict: deny}\nnever if input.facts.amount == \"0\"\n"});
  set.set_bundle(policy::Bundle(std::move(files)).Pack());
  const std::string digest = Made(author.Call<v1::RegisterPolicySetResponse>(set)).policy_set().digest();
  v1::BacktestPolicySetRequest backtest;
  backtest.set_request_id(NewId());
  backtest.set_digest(digest);
  v1::ProposeActivationRequest propose;
  propose.set_request_id(NewId());
  propose.set_digest(digest);
  propose.set_report_id(Made(author.CallTelling<v1::BacktestPolicySetResponse>(backtest)).back().report().report_id());
  v1::ConfirmActivationRequest refuse;
  refuse.set_request_id(NewId());
  refuse.set_proposal_id(Made(author.Call<v1::ProposeActivationResponse>(propose)).proposal_id());
  refuse.set_reject(true);
  Made(officer.Call<v1::ConfirmActivationResponse>(refuse));
}

// A hold that is released; and a person who is erased, after which an outcome comes.
void Forget(const Tenant& tenant) {
  const Client officer = World::MakeKey(tenant, World::MakeHuman(tenant, {v1::ROLE_COMPLIANCE}, "officer-2"));
  v1::AuthorizeRequest question = Question("customer-5");
  question.add_other_persons()->set_reference("customer-6");
  const auto open = Ask(tenant.component, question);
  Record(tenant.component, RecordOf(Ask(tenant.component, Question("customer-5")).authorization_id()));
  v1::CancelRequest cancel;
  cancel.set_request_id(NewId());
  cancel.set_authorization_id(Ask(tenant.component, Question("customer-5")).authorization_id());
  Made(tenant.component.Call<v1::CancelResponse>(cancel));
  v1::PlaceHoldRequest hold;
  hold.set_request_id(NewId());
  hold.set_matter("court_case");
  hold.set_person_reference("customer-5");
  hold.set_reason("asked for");
  v1::ReleaseHoldRequest release;
  release.set_request_id(NewId());
  release.set_hold_id(Made(officer.Call<v1::PlaceHoldResponse>(hold)).hold().hold_id());
  Made(officer.Call<v1::ReleaseHoldResponse>(release));
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference("customer-5");
  erase.set_ground(v1::ERASURE_GROUND_REQUEST);
  Made(officer.Call<v1::ErasePersonResponse>(erase));
  v1::RecordRequest late = RecordOf(open.authorization_id());
  late.mutable_outcome()->set_output_json("{}");
  Record(tenant.component, late);
}

std::string Count(const World& world, const Tenant& tenant, const std::string& type) {
  return candor::testing::Session(world.database())
      .Run("SELECT count(*) FROM entries WHERE tenant_id = $1 AND position('\"type\":\"" + type +
           "\"' IN convert_from(leaf, 'UTF8')) > 0", {tenant.id})
      .value();
}

void AwaitLeaves(const World& world, const Tenant& tenant, const std::string& type, const std::string& count) {
  for (int tries = 0; tries < 1200 && Count(world, tenant, type) != count; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void LeaveOut(const World& world, const Tenant& tenant) {
  const std::string epoch = NewId();
  const auto ask = [&](std::uint64_t seq) {
    v1::AuthorizeRequest request = Question();
    request.mutable_producer()->set_id("refund_client");
    request.mutable_producer()->set_epoch(epoch);
    request.mutable_producer()->set_seq(seq);
    return Ask(tenant.component, request);
  };
  World::SetTimes(tenant, 300, 1);
  const auto late = ask(1);
  ask(4);
  v1::CloseEpochRequest closing;
  closing.set_request_id(NewId());
  closing.set_producer_id("refund_client");
  closing.set_epoch(epoch);
  closing.set_count(6);
  Made(tenant.component.Call<v1::CloseEpochResponse>(closing));
  AwaitLeaves(world, tenant, "gap", "2");
  ask(3);
  AwaitLeaves(world, tenant, "outcome_missing", "3");
  Record(tenant.component, RecordOf(late.authorization_id()));
  World::SetTimes(tenant, 300, 86400);
}

// A grant that is proposed, confirmed and revoked; an export, and a report that opened what is protected.
void Disclose(const Tenant& tenant) {
  const auto human = [&](v1::Role role, const char* code) { return World::MakeHuman(tenant, {role}, code); };
  const Client officer = World::MakeKey(tenant, human(v1::ROLE_COMPLIANCE, "officer-3")),
               second = World::MakeKey(tenant, human(v1::ROLE_COMPLIANCE, "officer-4"));
  v1::ProposeGrantRequest propose;
  propose.set_request_id(NewId());
  propose.set_principal_id(human(v1::ROLE_REGULATOR, "authority-1"));
  propose.set_authority("authority");
  propose.mutable_scope()->add_actions("refund.grant");
  propose.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(24)));
  v1::ConfirmGrantRequest confirm;
  confirm.set_request_id(NewId());
  confirm.set_grant_id(Made(officer.Call<v1::ProposeGrantResponse>(propose)).grant().grant_id());
  Made(second.Call<v1::ConfirmGrantResponse>(confirm));
  v1::RevokeGrantRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_grant_id(confirm.grant_id());
  Made(officer.Call<v1::RevokeGrantResponse>(revoke));
  v1::ExportRequest export_all;
  export_all.set_request_id(NewId());
  Made(officer.CallTelling<v1::ExportResponse>(export_all));
  v1::AuthorizeRequest question = Question("customer-8");
  v1::ProtectedAttribute& kept = *question.add_protected_attributes();
  kept.set_attribute("age_band");
  kept.set_value("young");
  kept.set_provenance(v1::PROVENANCE_SELF_DECLARED);
  Record(tenant.component, RecordOf(Ask(tenant.component, question).authorization_id()));
  v1::RunReportRequest report;
  report.set_request_id(NewId());
  report.set_kind(v1::REPORT_KIND_BIAS_AUDIT);
  report.set_filter("outcome:*");
  report.add_selected("granted");
  report.set_reason("too_late");
  Made(officer.CallTelling<v1::RunReportResponse>(report));
}

}  // namespace

void FillUpTo(const World& world, const Tenant& tenant, std::uint64_t size) {
  while (world.SizeOf(tenant) < size) Ask(tenant.component, Question());
}

Tenant MakeRichLedger(World& world) {
  Tenant tenant = world.MakeTenant();
  Administer(tenant.system);
  Register(tenant);
  Review(tenant);
  RegisterPolicies(tenant);
  Decide(tenant.component);
  Contest(tenant);
  v1::ObjectRequest object;
  object.set_request_id(NewId());
  object.set_purpose("service_recovery");
  Made(World::MakePerson(tenant, "customer-3").Call<v1::ObjectResponse>(object));
  v1::RotateKeysRequest rotate;
  rotate.set_request_id(NewId());
  rotate.set_tenant_id(tenant.id);
  rotate.set_ledger_key(true);
  Made(world.Operator().Call<v1::RotateKeysResponse>(rotate));
  Forget(tenant);
  Disclose(tenant);
  LeaveOut(world, tenant);
  std::string process = ReadText(world.server().state() + "/process");
  process.pop_back();
  if (world.server().Stop() != 0) std::abort();
  std::filesystem::remove_all(world.server().state() + "/marks");
  std::filesystem::remove(world.server().state() + "/process");
  Server operated{{.database = world.database(), .state = world.server().state(), .marks = {},
                   .more = {"--accept-lost-mark", process}}};
  operated.Start();
  tenant.system = Client::To(operated.address(), tenant.system.key());
  tenant.component = Client::To(operated.address(), tenant.component.key());
  Ask(tenant.component, Question());
  AwaitLeaves(world, tenant, "mark_lost", "1");
  if (operated.Stop() != 0) std::abort();
  return tenant;
}

}  // namespace candor::e2e
