// Every field of every request that writes: what was sent is found again at the place that
// the rule of the field names, and what may be personal is found nowhere else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "candor/v1/oversight_service.pb.h"
#include "tests/e2e/filler.h"
#include "tests/e2e/opened.h"

namespace candor::e2e {
namespace {

// Fields that only pass through: they choose what is done, and are not kept as they are.
const std::set<std::string> kPassing = {"tenant_id", "first_principal"};

// Where the walk over a request is.
struct At {
  std::string path;
  bool in_list = false;       // Below a list: facts gather in lists.
  bool in_producer = false;   // The leaf keeps it as a member.
  std::string suffix;         // Of the sections of a second person: ".2".
  bool sealed = false;        // Inside a field that is kept whole in a section,
  const core::Json* node = nullptr;  // and what the section holds of it; nothing: it is missing.
};

// Holds a request against the leaf and the sections that it became.
class Table {
 public:
  Table(core::Leaf leaf, const std::map<std::string, std::string>& sections, bool listed)
      : leaf_(std::move(leaf)), texts_(sections), listed_(listed) {
    for (const auto& [name, text] : sections) {
      auto parsed = core::ParseCanonical(text, core::JsonKind::kSection);
      EXPECT_TRUE(parsed.ok()) << "section " << name << ": " << parsed.status().message();
      if (parsed.ok()) sections_.emplace(name, *std::move(parsed));
    }
  }

  void Check(const Message& message) { Walk(message, {}); }
  int checked() const { return checked_; }

 private:
  void Walk(const Message& message, const At& at) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      At inner = at;
      inner.path = at.path.empty() ? field->name() : at.path + "." + field->name();
      const v1::FieldRule& rule = RuleOf(*field);
      if (rule.role() == v1::FIELD_ROLE_PASSING) {
        EXPECT_TRUE(kPassing.contains(field->name())) << inner.path << " passes through, and nobody said so";
        continue;
      }
      if (at.sealed) {
        inner.node = at.node == nullptr ? nullptr : at.node->Find(field->name());
      } else if (rule.place_case() == v1::FieldRule::kSection) {
        inner.sealed = true;
        inner.node = InSection(rule.section() + at.suffix, field->name());
      }
      const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) Value(message, *field, rule, field->is_repeated() ? i : -1, inner);
    }
  }

  void Value(const Message& message, const FieldDescriptor& field, const v1::FieldRule& rule, int index, At at) {
    const auto& reflection = *message.GetReflection();
    if (index >= 0) {
      at.path += "[" + std::to_string(index) + "]";
      const bool has = at.node != nullptr && at.node->is_array() &&
                       static_cast<std::size_t>(index) < at.node->items().size();
      at.node = has ? &at.node->items()[static_cast<std::size_t>(index)] : nullptr;
    }
    const bool is_person = rule.role() == v1::FIELD_ROLE_PERSON;
    at.in_list = at.in_list || (index >= 0 && !is_person);
    const bool is_time = field.message_type() != nullptr && field.message_type()->full_name() == "google.protobuf.Timestamp";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !is_time) {
      if (is_person) at.suffix = "." + std::to_string(index + 2);
      at.in_producer = rule.role() == v1::FIELD_ROLE_PRODUCER;
      return Walk(index < 0 ? reflection.GetMessage(message, &field)
                            : reflection.GetRepeatedMessage(message, &field, index),
                  at);
    }
    ++checked_;
    const core::Json value = JsonOf(message, field, index);
    if (at.sealed) {
      EXPECT_TRUE(at.node != nullptr && *at.node == value) << at.path << " is not in its section";
    }
    if (rule.place_case() == v1::FieldRule::kFact) return Fact(rule, value, at);
    if (at.sealed) return;
    if (at.in_producer) return Producer(field.name(), value, at);
    Role(field, rule.role(), value, at);
  }

  void Fact(const v1::FieldRule& rule, const core::Json& value, const At& at) {
    const core::Json* fact = leaf_.facts.Find(rule.fact());
    const bool unlisted = !rule.catalogue().empty() && !listed_;
    const core::Json wanted = unlisted ? core::Json("unlisted") : value;
    if (fact == nullptr) {
      ADD_FAILURE() << at.path << " is missing: no fact " << rule.fact();
    } else if (at.in_list) {
      const bool has = fact->is_array() &&
                       std::find(fact->items().begin(), fact->items().end(), wanted) != fact->items().end();
      EXPECT_TRUE(has) << at.path << ": fact " << rule.fact() << " is " << fact->Encode();
    } else {
      EXPECT_TRUE(*fact == wanted) << at.path << ": fact " << rule.fact() << " is " << fact->Encode();
    }
    EXPECT_TRUE(!unlisted || at.sealed || IsSealed(value)) << at.path << " is unlisted and sealed nowhere";
  }

  void Producer(const std::string& name, const core::Json& value, const At& at) {
    ASSERT_TRUE(leaf_.producer.has_value()) << at.path;
    const core::Json kept = name == "id"      ? core::Json(leaf_.producer->id)
                            : name == "epoch" ? core::Json(leaf_.producer->epoch.ToText())
                                              : core::Json(leaf_.producer->seq);
    EXPECT_TRUE(kept == value) << at.path << " is " << kept.Encode();
  }

  void Role(const FieldDescriptor& field, v1::FieldRole role, const core::Json& value, const At& at) {
    const auto is = [&](const std::optional<Uuid>& member) {
      EXPECT_TRUE(member && member->ToText() == value.string()) << at.path << " is not in the leaf";
    };
    switch (role) {
      case v1::FIELD_ROLE_REQUEST_ID: return is(leaf_.request);
      case v1::FIELD_ROLE_DECISION: return is(leaf_.decision);
      case v1::FIELD_ROLE_AMENDS: return is(leaf_.amends);
      case v1::FIELD_ROLE_AUTHORIZATION:
        EXPECT_EQ(FactOf(leaf_, "authorization"), value.string()) << at.path;
        return;
      case v1::FIELD_ROLE_PERSON: {
        const core::Json* kept = InSection("person" + at.suffix, field.name());
        EXPECT_TRUE(kept != nullptr && *kept == value) << at.path << " is not in its person's section";
        return;
      }
      default: ADD_FAILURE() << at.path << " has no place";
    }
  }

  const core::Json* InSection(const std::string& section, const std::string& member) const {
    const auto found = sections_.find(section);
    return found == sections_.end() ? nullptr : found->second.Find(member);
  }

  bool IsSealed(const core::Json& value) const {
    const std::string text = value.Encode();
    return std::any_of(texts_.begin(), texts_.end(),
                       [&](const auto& section) { return section.second.find(text) != std::string::npos; });
  }

  const core::Leaf leaf_;
  const std::map<std::string, std::string>& texts_;
  const bool listed_;
  std::map<std::string, core::Json> sections_;
  int checked_ = 0;
};

class FieldTable : public ::testing::TestWithParam<bool> {
 protected:
  static bool Full() { return GetParam(); }  // All set and all codes declared; or zeros and words.

  template <typename Request>
  Request Made(FillOptions options) {
    options.listed = options.full = Full();
    Filler filler(std::move(options));
    Request request;
    filler.Fill(request);
    for (const auto& [catalogue, codes] : filler.codes()) {
      v1::DeclareCodesRequest declare;
      declare.set_request_id(NewId());
      v1::CodeKind kind = v1::CODE_KIND_UNSPECIFIED;
      EXPECT_TRUE(v1::CodeKind_Parse("CODE_KIND_" + absl::AsciiStrToUpper(catalogue), &kind)) << catalogue;
      declare.set_kind(kind);
      for (const std::string& code : codes) declare.add_codes(code);
      const auto declared = tenant_.system.Call<v1::DeclareCodesResponse>(declare);
      EXPECT_TRUE(declared.ok()) << catalogue << ": " << declared.refusal();
    }
    return request;
  }

  // Sends it and holds it against what was written.
  template <typename Response>
  Response Expect(const Client& client, const Message& request) {
    const auto answer = client.Call<Response>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    if (answer.ok()) ExpectKept(tenant_, answer->receipt(), request);
    return answer.value;
  }

  void ExpectKept(const Tenant& tenant, const v1::Receipt& receipt, const Message& request) {
    core::Leaf leaf;
    ASSERT_TRUE(Verifies(receipt, tenant.key, &leaf));
    EXPECT_EQ(receipt.leaf().find(kMarker), std::string::npos) << "something personal stands in the leaf";
    const std::map<std::string, std::string> sections = Opener(world_, tenant).Sections(receipt.position());
    Table table(leaf, sections, Full());
    table.Check(request);
    EXPECT_GT(table.checked(), 0);
  }

  v1::AuthorizeResponse Authorized() const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(Question());
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }

  Client Reviewer() const { return World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_REVIEWER}, "rita")); }

  // A task that a reviewer holds.
  std::string ClaimedBy(const Client& reviewer) const {
    v1::AuthorizeRequest unsure = Question();
    unsure.set_confidence("0.5");
    v1::ClaimTaskRequest claim;
    claim.set_request_id(NewId());
    claim.set_task_id(tenant_.component.Call<v1::AuthorizeResponse>(unsure)->task_id());
    EXPECT_TRUE(reviewer.Call<v1::ClaimTaskResponse>(claim).ok());
    return claim.task_id();
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_P(FieldTable, KeepsEveryFieldOfAuthorize) {
  const Client reviewer = Reviewer();
  v1::ResolveTaskRequest resolve;
  resolve.set_request_id(NewId());
  resolve.set_task_id(ClaimedBy(reviewer));
  resolve.set_resolution(v1::RESOLUTION_UPHOLD);
  resolve.set_reason("looks_right");
  const auto review = reviewer.Call<v1::ResolveTaskResponse>(resolve);
  ASSERT_TRUE(review.ok()) << review.refusal();
  const auto request = Made<v1::AuthorizeRequest>(
      {.given = {{"decision_id", Authorized().decision_id()}, {"review_id", review->task().review_id()}}});

  Expect<v1::AuthorizeResponse>(tenant_.component, request);
}

TEST_P(FieldTable, KeepsEveryFieldOfTheStepsOfATask) {
  const Client reviewer = Reviewer();
  const std::string task = ClaimedBy(reviewer);

  Expect<v1::ReleaseTaskResponse>(
      reviewer, Made<v1::ReleaseTaskRequest>({.given = {{"task_id", task}},  // The rest is of cases.
                                              .without = {"extend", "question", "person_text"}}));
  Expect<v1::ClaimTaskResponse>(reviewer, Made<v1::ClaimTaskRequest>({.given = {{"task_id", task}}}));
  Expect<v1::ResolveTaskResponse>(
      reviewer, Made<v1::ResolveTaskRequest>(
                    {.given = {{"task_id", task}},  // The rest is of cases.
                     .without = {"case_outcome", "answer_text", "refusal_ground", "corrected_datum_ids"}}));
}

TEST_P(FieldTable, KeepsEveryFieldOfRecord) {
  const v1::AuthorizeResponse authorization = Authorized();
  const auto first = tenant_.component.Call<v1::RecordResponse>(RecordOf(authorization.authorization_id()));
  const auto request = Made<v1::RecordRequest>(
      {.given = {{"authorization_id", authorization.authorization_id()}, {"amends_id", first->outcome_id()}}});

  Expect<v1::RecordResponse>(tenant_.component, request);
}

TEST_P(FieldTable, KeepsEveryFieldOfObserve) {
  const v1::AuthorizeResponse authorization = Authorized();
  const auto first = tenant_.component.Call<v1::RecordResponse>(RecordOf(authorization.authorization_id()));
  const auto request = Made<v1::ObserveRequest>(
      {.given = {{"decision_id", authorization.decision_id()}, {"amends_id", first->outcome_id()}}});

  Expect<v1::ObserveResponse>(tenant_.component, request);
}

TEST_P(FieldTable, KeepsEveryFieldOfRecordResult) {
  const std::string decision = Authorized().decision_id();
  v1::RecordResultRequest earlier;
  earlier.set_request_id(NewId());
  earlier.set_decision_id(decision);
  earlier.set_complaint(true);
  const auto first = tenant_.component.Call<v1::RecordResultResponse>(earlier);
  const auto request =
      Made<v1::RecordResultRequest>({.given = {{"decision_id", decision}, {"amends_id", first->result_id()}}});

  Expect<v1::RecordResultResponse>(tenant_.component, request);
}

TEST_P(FieldTable, KeepsEveryFieldOfRecordNotice) {
  Expect<v1::RecordNoticeResponse>(
      tenant_.component, Made<v1::RecordNoticeRequest>({.given = {{"decision_id", Authorized().decision_id()}}}));
}

TEST_P(FieldTable, KeepsEveryFieldOfCancel) {
  const auto request =
      Made<v1::CancelRequest>({.given = {{"authorization_id", Authorized().authorization_id()}}});

  Expect<v1::CancelResponse>(tenant_.component, request);
}

TEST_P(FieldTable, KeepsEveryFieldOfTheRegistry) {
  Expect<v1::RegisterSystemResponse>(tenant_.system, Made<v1::RegisterSystemRequest>({}));
  Expect<v1::RegisterDecisionTypeResponse>(tenant_.system, Made<v1::RegisterDecisionTypeRequest>({}));
  Expect<v1::DeclareCodesResponse>(tenant_.system, Made<v1::DeclareCodesRequest>({}));
}

TEST_P(FieldTable, KeepsEveryFieldOfWhatIsRegisteredFurther) {
  const Client owner = World::MakeCaller(tenant_, v1::ROLE_MODEL_OWNER, "owner");
  Expect<v1::RegisterDataSetResponse>(owner, Made<v1::RegisterDataSetRequest>({}));
  Expect<v1::PutReasonCatalogueResponse>(owner, Made<v1::PutReasonCatalogueRequest>({}));
  auto assurance = Made<v1::RecordAssuranceRequest>({});
  for (auto& category : *assurance.mutable_run()->mutable_categories()) category.set_run_count(1000);
  Expect<v1::RecordAssuranceResponse>(owner, assurance);
}

// A scope, a system and a version that nobody declared are refused.
TEST_P(FieldTable, KeepsEveryFieldOfStopsAndModelStates) {
  auto stop = Made<v1::StopRequest>({.without = Full() ? std::set<std::string>()
                                                       : std::set<std::string>{"system", "model_version", "action"}});
  const auto stopped = Expect<v1::StopResponse>(tenant_.system, stop);
  const Client owner = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_MODEL_OWNER}, "owner"));
  Expect<v1::LiftStopResponse>(owner, Made<v1::LiftStopRequest>({.given = {{"stop_id", stopped.stop().stop_id()}}}));
  if (!Full()) return;

  auto version = Made<v1::RegisterModelVersionRequest>({.given = {{"version.system", "refund_bot"}}});
  Expect<v1::RegisterModelVersionResponse>(owner, version);
  v1::RecordAssuranceRequest run;
  run.set_request_id(NewId());
  run.mutable_run()->set_system("refund_bot");
  run.mutable_run()->set_model(version.version().model());
  run.mutable_run()->set_model_version(version.version().model_version());
  run.mutable_run()->set_suite("hostile");
  run.mutable_run()->set_suite_digest(std::string(32, 's'));
  run.mutable_run()->set_result(v1::ASSURANCE_RESULT_PASSED);
  run.mutable_run()->add_categories()->set_category("hostile");
  run.mutable_run()->mutable_categories(0)->set_run_count(1);
  run.mutable_run()->mutable_categories(0)->set_passed_count(1);
  auto proposal = Made<v1::ProposeModelStateRequest>({.given = {{"system", "refund_bot"},
                                                                {"model", version.version().model()},
                                                                {"model_version", version.version().model_version()}}});
  proposal.set_state(v1::MODEL_STATE_APPROVED);
  proposal.mutable_until_time()->set_seconds(4102444800);  // The year 2100.
  for (std::string& id : *proposal.mutable_assurance_ids()) {
    run.set_request_id(NewId());
    id = owner.Call<v1::RecordAssuranceResponse>(run)->assurance_id();
  }
  const auto proposed = Expect<v1::ProposeModelStateResponse>(owner, proposal);
  const Client second = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_MODEL_OWNER}, "second"));
  Expect<v1::ConfirmModelStateResponse>(
      second, Made<v1::ConfirmModelStateRequest>({.given = {{"proposal_id", proposed.proposal_id()}}}));
}

TEST_P(FieldTable, KeepsEveryFieldOfLimits) {
  Expect<v1::UpdateTenantLimitsResponse>(
      tenant_.system, Made<v1::UpdateTenantLimitsRequest>({.given = {{"tenant_id", tenant_.id}}}));
}

TEST_P(FieldTable, KeepsEveryFieldOfPrincipalsAndTheirKeys) {
  auto component = Made<v1::CreatePrincipalRequest>({.given = {{"tenant_id", tenant_.id}}, .without = {"human_code"}});
  component.set_kind(v1::PRINCIPAL_KIND_COMPONENT);
  component.set_roles(0, v1::ROLE_COMPONENT);
  component.set_roles(1, v1::ROLE_REVIEWER);
  auto human = Made<v1::CreatePrincipalRequest>({.given = {{"tenant_id", tenant_.id}}, .without = {"code"}});
  human.set_kind(v1::PRINCIPAL_KIND_HUMAN);
  human.set_roles(0, v1::ROLE_COMPLIANCE);
  human.set_roles(1, v1::ROLE_REVIEWER);
  const auto made = Expect<v1::CreatePrincipalResponse>(tenant_.system, component);
  Expect<v1::CreatePrincipalResponse>(tenant_.system, human);

  auto key = Made<v1::CreateApiKeyRequest>(
      {.given = {{"tenant_id", tenant_.id}, {"principal_id", made.principal().principal_id()}}});
  key.mutable_expire_time()->set_seconds(4102444800);  // The year 2100.
  const auto keyed = Expect<v1::CreateApiKeyResponse>(tenant_.system, key);

  Expect<v1::RevokeApiKeyResponse>(
      tenant_.system,
      Made<v1::RevokeApiKeyRequest>({.given = {{"tenant_id", tenant_.id}, {"key_id", keyed.key().key_id()}}}));
  Expect<v1::DisablePrincipalResponse>(
      tenant_.system, Made<v1::DisablePrincipalRequest>({.given = {{"tenant_id", tenant_.id},
                                                                   {"principal_id", made.principal().principal_id()}}}));
}

TEST_P(FieldTable, KeepsEveryFieldOfATenant) {
  const auto request = Made<v1::CreateTenantRequest>(
      {.given = {{"origin", Full() ? "ledger.example.com/full" : "ledger.example.com/bare"}},
       .without = {"predecessor_id", "predecessor_checkpoint"}});

  const auto answer = world_.Operator().Call<v1::CreateTenantResponse>(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  const Tenant made = {.id = answer->tenant().tenant_id(), .origin = request.origin(),
                       .key = *core::VerifierKey::Parse(answer->tenant().vkey()),
                       .system = tenant_.system, .component = tenant_.component};
  ExpectKept(made, answer->receipt(), request);
}

// Runs after the others, whose values are all in the tables by then.
TEST_P(FieldTable, ZLeavesNothingPersonalInClearAnywhere) {
  Expect<v1::ObserveResponse>(tenant_.component, Made<v1::ObserveRequest>({.without = {"decision_id", "amends_id"}}));
  std::vector<std::string> written = {std::string(kMarker), ToHex(AsBytes(kMarker))};
  for (std::size_t shift = 0; shift < 3; ++shift) {  // As base64, wherever it begins.
    const std::string text = ToBase64(AsBytes(std::string(shift, ' ') + std::string(kMarker)));
    written.push_back(text.substr(shift == 0 ? 0 : shift + 1, 8));
  }

  candor::testing::Session session(world_.database());
  const auto tables = session.Run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  std::string dump = world_.server().log();
  for (const auto& table : tables.rows) {
    const auto rows = session.Run("SELECT t::text FROM \"" + table[0] + "\" AS t");
    ASSERT_TRUE(rows.ok()) << table[0] << ": " << rows.sqlstate;
    for (const auto& row : rows.rows) absl::StrAppend(&dump, row[0], "\n");
  }

  ASSERT_GT(tables.rows.size(), 10u);
  for (const std::string& form : written) EXPECT_EQ(dump.find(form), std::string::npos) << "found as " << form;
  EXPECT_NE(dump.find(tenant_.origin), std::string::npos) << "the search itself finds what is there";
  EXPECT_NE(dump.find(ToHex(AsBytes(tenant_.origin))), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Sent, FieldTable, ::testing::Bool(),
                         [](const auto& sent) { return sent.param ? "Full" : "ZeroAndUnlisted"; });

}  // namespace
}  // namespace candor::e2e
