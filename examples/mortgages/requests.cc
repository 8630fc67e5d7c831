#include "examples/mortgages/requests.h"

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mortgages {
namespace {

using candor::v1::Outcome;

constexpr char kSystem[] = "mortgage_desk";

// How each column of the card is called, and where a lender has it from.
struct Meaning {
  absl::string_view column;
  absl::string_view name;
  absl::string_view category;
  candor::v1::SourceKind source;
};
constexpr std::array kMeanings = {
    Meaning{"pirat", "Monthly payments on all debts as a share of income", "income_and_debts",
            candor::v1::SOURCE_KIND_PERSON},
    Meaning{"lvrat", "Loan as a share of the value of the property", "property",
            candor::v1::SOURCE_KIND_PERSON},
    Meaning{"chist", "History of payments on other credit", "credit_history",
            candor::v1::SOURCE_KIND_AGENCY},
    Meaning{"mhist", "History of mortgage payments", "credit_history",
            candor::v1::SOURCE_KIND_AGENCY},
    Meaning{"phist", "Public record of credit problems", "public_record",
            candor::v1::SOURCE_KIND_PUBLIC},
    Meaning{"insurance", "Whether mortgage insurance was refused", "insurance",
            candor::v1::SOURCE_KIND_INTERNAL},
    Meaning{"selfemp", "Whether self-employed", "employment", candor::v1::SOURCE_KIND_PERSON},
    Meaning{"unemp", "Unemployment in the applicant's industry, per cent", "statistics",
            candor::v1::SOURCE_KIND_PUBLIC},
};

const Meaning& MeaningOf(absl::string_view column) {
  static constexpr Meaning kUnknown{"", "", "other", candor::v1::SOURCE_KIND_INTERNAL};
  for (const Meaning& meaning : kMeanings) {
    if (meaning.column == column) return meaning;
  }
  return kUnknown;
}

std::string Decimal(double number) {
  const std::string text = absl::StrFormat("%.4f", number);
  return text == "-0.0000" ? "0.0000" : text;
}

std::string Word(bool denied) {
  return denied ? "denied" : "approved";
}

std::string ApplicationName(const Application& application) {
  return absl::StrCat("application-", application.number);
}

void SetPerson(const Application& application, candor::v1::Person& person) {
  person.set_reference(absl::StrCat("applicant-", application.number));
  person.set_kind(candor::v1::PERSON_KIND_APPLICANT);
  person.set_residence("us-ma");
  person.set_language("en");
}

// Only what the card reads is sent. What would tell a person's origin or family stays
// out of the inputs, and out of the sight of any policy.
void AddData(const Application& application, const Card& card,
             candor::v1::AuthorizeRequest& request) {
  nlohmann::json inputs = nlohmann::json::object();
  for (const std::string& column : card.columns()) {
    const std::string& value = application.columns.at(column);
    inputs[column] = value;
    const Meaning& meaning = MeaningOf(column);
    candor::v1::DataItem& item = *request.add_data_used();
    item.set_datum_id(column);
    item.set_name(std::string(meaning.name));
    item.set_category(std::string(meaning.category));
    item.set_source_kind(meaning.source);
    item.set_collected_for("mortgage_underwriting");
    item.set_value_json(nlohmann::json(value).dump());
  }
  request.set_inputs_json(inputs.dump());

  constexpr std::array<std::array<const char*, 2>, 3> kProtected = {
      {{"african_american", "afam"}, {"single", "single"}, {"high_school_diploma", "hschool"}}};
  for (const auto& [attribute, column] : kProtected) {
    candor::v1::ProtectedAttribute& kept = *request.add_protected_attributes();
    kept.set_attribute(attribute);
    kept.set_value(application.columns.at(column));
    kept.set_provenance(candor::v1::PROVENANCE_SELF_DECLARED);
  }
}

void AddReasons(const Application& application, const Card& card, const Decision& decision,
                Outcome& outcome) {
  for (const Weight& weight : decision.reasons) {
    candor::v1::Reason& reason = *outcome.add_reasons();
    reason.set_code(weight.name);
    reason.set_weight(Decimal(weight.weight));
    reason.set_direction(candor::v1::DIRECTION_ADVERSE);
    for (const std::string& column : weight.columns) reason.add_factor_ids(column);
  }
  for (const Weight& weight : decision.factors) {
    candor::v1::Factor& factor = *outcome.add_factors();
    factor.set_id(weight.name);
    factor.set_name(std::string(MeaningOf(weight.name).name));
    factor.set_datum_id(weight.name);
    factor.set_value(application.columns.at(weight.name));
    factor.set_contribution(Decimal(weight.weight));
    factor.set_unit("log_odds");
    factor.set_method("scorecard");
    if (const auto mean = card.MeanOf(weight.name)) factor.set_baseline(Decimal(*mean));
    factor.set_direction(weight.weight > 0 ? candor::v1::DIRECTION_ADVERSE
                                           : candor::v1::DIRECTION_FAVOURABLE);
  }
}

void AddExplanation(const Decision& decision, Outcome& outcome) {
  candor::v1::Explanation& explanation = *outcome.mutable_explanation();
  explanation.set_language("en");
  explanation.set_mode(candor::v1::EXPLANATION_MODE_AT_DECISION);
  explanation.set_text(
      decision.denied
          ? "A scorecard compared the application with the average one. The reasons given "
            "weighed most against it."
          : "A scorecard compared the application with the average one and found the risk "
            "low enough.");
  for (const Change& change : decision.changes) {
    candor::v1::Counterfactual& other = *explanation.add_counterfactuals();
    other.set_changes(absl::StrCat(MeaningOf(change.column).name, ": at most ", change.value));
    other.set_outcome(Word(/*denied=*/false));
    other.set_verified_by_rerun(true);
    other.set_actionable(true);
  }
}

}  // namespace

std::string DerivedId(absl::string_view what, std::uint32_t number) {
  const std::string name = absl::StrCat("mortgages/", what, "/", number);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest.data());
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x40);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
  const std::string hex =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), 16));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20, 12));
}

candor::v1::AuthorizeRequest Authorize(const Application& application, const Card& card,
                                       const Decision& decision) {
  candor::v1::AuthorizeRequest request;
  request.set_request_id(DerivedId("authorize", application.number));

  // One epoch for the whole job, however often it had to be started: calls made again
  // keep their numbers, so what is counted is the applications.
  request.mutable_producer()->set_id(kSystem);
  request.mutable_producer()->set_epoch(DerivedId("epoch", 1));
  request.mutable_producer()->set_seq(application.number);

  request.mutable_actor()->set_system(kSystem);
  request.mutable_actor()->set_model(card.model());
  request.mutable_actor()->set_model_version(absl::StrCat("v", card.version()));
  // Beside the bank's own decision, which was the one that took effect.
  request.mutable_actor()->set_environment(candor::v1::ENVIRONMENT_SHADOW);

  request.mutable_action()->set_name("mortgage.decide");
  request.mutable_action()->set_stage(candor::v1::ACTION_STAGE_DECIDE);
  request.mutable_action()->set_resource_type("mortgage_application");
  request.mutable_action()->set_resource_id(ApplicationName(application));
  request.mutable_action()->set_expected_effect(candor::v1::EFFECT_CLASS_LEGAL);
  request.mutable_action()->set_irreversible(false);
  request.mutable_action()->set_planned_automation(candor::v1::AUTOMATION_SOLELY_AUTOMATED);

  SetPerson(application, *request.mutable_person());
  request.mutable_purpose()->set_code("mortgage_underwriting");
  request.mutable_purpose()->set_legal_basis(candor::v1::LEGAL_BASIS_NON_GDPR);
  request.mutable_purpose()->set_art22_ground(candor::v1::ART22_GROUND_NOT_APPLICABLE);
  request.mutable_purpose()->set_art9_ground(candor::v1::ART9_GROUND_NOT_APPLICABLE);
  request.add_jurisdictions("us-ma");
  request.set_domain(candor::v1::DOMAIN_CREDIT);
  request.set_tenant_role(candor::v1::TENANT_ROLE_BOTH);
  AddData(application, card, request);
  request.mutable_circumstances()->set_interacts_with_person(false);
  request.mutable_circumstances()->set_profiling(true);
  request.set_confidence(Decimal(decision.confidence));
  request.add_supported_obligations(candor::v1::OBLIGATION_TYPE_RECORD_OUTCOME_BY);
  return request;
}

candor::v1::RecordRequest Record(const Application& application, const Card& card,
                                 const Decision& decision,
                                 const candor::v1::AuthorizeResponse& answer) {
  candor::v1::RecordRequest request;
  request.set_request_id(DerivedId("record", application.number));
  request.set_authorization_id(answer.authorization_id());
  SetPerson(application, *request.mutable_person());

  Outcome& outcome = *request.mutable_outcome();
  outcome.set_code(Word(decision.denied));
  outcome.set_adverse(decision.denied);
  outcome.set_effect(candor::v1::EFFECT_CLASS_LEGAL);
  outcome.set_ai_influence(candor::v1::AI_INFLUENCE_DETERMINATIVE);
  outcome.set_output_json(nlohmann::json{{"decision", Word(decision.denied)},
                                         {"probability_of_denial", Decimal(decision.probability)},
                                         {"threshold", Decimal(card.threshold())}}
                              .dump());
  AddReasons(application, card, decision, outcome);
  AddExplanation(decision, outcome);
  outcome.set_confidence(Decimal(decision.confidence));
  outcome.set_score(Decimal(decision.probability));
  outcome.set_score_threshold(Decimal(card.threshold()));
  return request;
}

candor::v1::CancelRequest Cancel(const Application& application,
                                 const candor::v1::AuthorizeResponse& answer) {
  candor::v1::CancelRequest request;
  request.set_request_id(DerivedId("cancel", application.number));
  request.set_authorization_id(answer.authorization_id());
  request.set_reason("obligation_not_supported");
  return request;
}

candor::v1::RecordResultRequest Result(const Application& application,
                                       const candor::v1::AuthorizeResponse& answer) {
  candor::v1::RecordResultRequest request;
  request.set_request_id(DerivedId("result", application.number));
  request.set_decision_id(answer.decision_id());
  request.set_ground_truth(Word(application.columns.at("deny") == "yes"));
  request.set_ground_truth_source("bank_decision");
  return request;
}

candor::v1::CloseEpochRequest CloseEpoch(std::uint64_t count) {
  candor::v1::CloseEpochRequest request;
  request.set_request_id(DerivedId("close_epoch", 1));
  request.set_producer_id(kSystem);
  request.set_epoch(DerivedId("epoch", 1));
  request.set_count(count);
  return request;
}

}  // namespace mortgages
