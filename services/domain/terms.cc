#include "services/domain/terms.h"

#include <algorithm>

#include "services/core/text/grammar.h"
#include "services/domain/registered.h"
#include "services/domain/task.h"

namespace candor::domain {
namespace {

constexpr std::size_t kMostTerms = 4096, kMostValueBytes = 128;

using enum FieldKind;

// Values stand in lines of text, and nothing but codes, ids and digests is wanted.
bool IsValue(std::string_view text) {
  return !text.empty() && text.size() <= kMostValueBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool Permits(std::string_view verdict) { return verdict == "allow" || verdict == "transform"; }

}  // namespace

const std::vector<Field>& Fields() {
  static const std::vector<Field> fields = {
      {"action", kTerm, "action", "what was to be done, such as refund.grant"},
      {"action_taken", kTerm, "action_taken", "whether it was done: taken, not_taken, …"},
      {"adverse", kTerm, "adverse", "whether the outcome is adverse to the person: true or false"},
      {"ai_influence", kTerm, "ai_influence", "how much the AI system weighed"},
      {"amount", kNumber, "amount", "the amount asked for, such as 49.90"},
      {"art22_ground", kTerm, "art22_ground", "on what ground a machine may decide alone"},
      {"art9_ground", kTerm, "art9_ground", "on what ground special data were used"},
      {"automation", kTerm, {}, "who decided: solely_automated, human_in_loop or ai_assist; once there is an outcome"},
      {"channel", kTerm, "channel", "how the person was talked to, such as chat"},
      {"complaint", kTerm, "complaint", "whether a complaint came later: true or false"},
      {"complaint_reason", kTerm, "complaint_reason", "what was complained about"},
      {"confidence", kNumber, "confidence", "how sure the system was, from 0 to 1"},
      {"config_digest", kTerm, "config_digest", "configuration of the model, base64"},
      {"consent_withdrawn", kTerm, "consent_withdrawn", "whose consent was withdrawn: person, or data_used.N"},
      {"cost", kNumber, "cost", "what it cost"},
      {"cost_currency", kTerm, "cost_currency", "currency of cost, such as eur"},
      {"currency", kTerm, "currency", "currency of amount, such as eur"},
      {"data_category", kTerm, "data_categories", "a sort of data that was used"},
      {"data_source", kTerm, "data_sources", "a kind of source that data came from"},
      {"decision", kDecision, {}, "the decision itself: a UUID"},
      {"deployer", kTerm, "deployer", "who runs the AI system"},
      {"domain", kTerm, "domain", "field of life, such as credit"},
      {"drift", kTerm, "drift", "state of the drift monitor: none, warning or alarm"},
      {"effect", kTerm, "effect", "what it means for the person"},
      {"environment", kTerm, "environment", "where the system runs, such as production"},
      {"error", kTerm, "error", "what failed"},
      {"fallback_used", kTerm, "fallback_used", "whether something simpler stood in: true or false"},
      {"ground_truth", kTerm, "ground_truth", "what proved right later"},
      {"guardrail", kTerm, "guardrail_hits", "a guardrail that was hit"},
      {"handed_over", kTerm, "handed_over", "whether the conversation went to a human: true or false"},
      {"human_decision", kTerm, "human_decision", "what the human decided: confirm, override, …"},
      {"jurisdiction", kTerm, "jurisdictions", "where it counts, such as de"},
      {"language", kTerm, "language", "language of the conversation"},
      {"legal_basis", kTerm, "legal_basis", "on what ground data were used"},
      {"mark", kTerm, {}, "what a leaf is marked with: late, against_verdict, unresolved, unauthorized, reasons_missing, observed"},
      {"model", kTerm, "model", "the model"},
      {"model_digest", kTerm, "model_digest", "the model, base64"},
      {"model_version", kTerm, "model_version", "the version of the model"},
      {"notice", kTerm, "notices", "a kind of notice that was given"},
      {"notice_template", kTerm, "notice_templates", "the template of a notice"},
      {"objected", kTerm, "objected", "which objection of the person it saw"},
      {"open", kTerm, {}, "whether an outcome is waited for: true or false"},
      {"operating_envelope", kTerm, "operating_envelope", "whether the system worked within its approved conditions"},
      {"outcome", kTerm, "outcome", "the outcome, such as granted"},
      {"oversight", kTerm, "oversight_kind", "what the human was there for: pre_approval, appeal, …"},
      {"parent_decision", kTerm, "parent_decision", "the decision that it belongs to: a UUID"},
      {"policy_digest", kTerm, "policy_digest", "the policy set that judged, base64"},
      {"policy_set", kTerm, "policy", "the policy set that judged, by name"},
      {"producer", kTerm, {}, "the running component that counted it"},
      {"profiling", kTerm, "profiling", "whether persons are profiled: true or false"},
      {"prompt_template_digest", kTerm, "prompt_template_digest", "the prompt, base64"},
      {"purpose", kTerm, "purpose", "what data were used for"},
      {"reason", kTerm, "reasons", "a reason of the outcome"},
      {"recorded", kTerm, {}, "gated (asked before) or observed"},
      {"recorder", kTerm, {}, "the component or service that recorded a leaf of it"},
      {"reference_database", kTerm, "reference_databases", "a database that was looked up"},
      {"reference_version", kTerm, "reference_versions", "a version of such a database"},
      {"refund_currency", kTerm, "refund_currency", "currency of a refund"},
      {"repeat_contact", kTerm, "repeat_contact", "whether the person had to come back: true or false"},
      {"required_notice", kTerm, "required_notices", "a notice that must be given"},
      {"resolved", kTerm, "resolved", "whether the matter is resolved: true or false"},
      {"resource_type", kTerm, "resource_type", "what it is done to"},
      {"reversed", kTerm, "reversed", "whether it was reversed later: true or false"},
      {"review", kTerm, {}, "human review: waiting, upheld, overridden, expired or cancelled"},
      {"rule", kTerm, {}, "a rule that fired"},
      {"stage", kTerm, "stage", "stage of the action, such as effect"},
      {"suggestion_use", kTerm, "suggestion_use", "what the human made of the suggestion"},
      {"system", kTerm, "system", "the AI system"},
      {"time", kTime, {}, "when its first leaf was written"},
      {"tool", kTerm, "tools", "a tool that was used"},
      {"tool_list_digest", kTerm, "tool_list_digest", "the tools that it had, base64"},
      {"type", kTerm, {}, "a type of leaf that it has, such as outcome_missing"},
      {"update_time", kTime, {}, "when its last leaf was written"},
      {"verdict", kTerm, {}, "the last verdict before the outcome: allow, deny, escalate or transform"},
      {"verdict_reason", kTerm, "verdict_reasons", "a reason of the verdict, such as AMOUNT_OVER_LIMIT"},
  };
  return fields;
}

const Field* FindField(std::string_view name) {
  const auto& fields = Fields();
  const auto found = std::lower_bound(fields.begin(), fields.end(), name,
                                      [](const Field& field, std::string_view wanted) { return field.name < wanted; });
  return found != fields.end() && found->name == name ? &*found : nullptr;
}

void Terms::Add(std::string_view field, std::string_view value) {
  if (!IsValue(value) || terms_.size() >= kMostTerms) return;
  std::pair<std::string, std::string> term(field, value);
  if (std::find(terms_.begin(), terms_.end(), term) == terms_.end()) terms_.push_back(std::move(term));
}

void Terms::Replace(std::string_view field, std::string_view value) {
  std::erase_if(terms_, [&](const auto& term) { return term.first == field; });
  Add(field, value);
}

void Terms::AddFact(std::string_view field, const core::Json& value) {
  if (value.is_string()) return Add(field, value.string());
  // What is so or not so, the newest word counts.
  if (value.is_bool()) return Replace(field, value.boolean() ? "true" : "false");
  if (!value.is_array()) return;
  for (const core::Json& item : value.items()) {
    if (item.is_string()) Add(field, item.string());
  }
}

std::string_view Terms::Value(std::string_view field) const {
  for (const auto& [name, value] : terms_) {
    if (name == field) return value;
  }
  return {};
}

void Terms::ApplyAuthorization(std::uint64_t position, const core::Leaf& leaf) {
  const std::string verdict = FactText(leaf.facts, "verdict");
  Replace("verdict", verdict);
  Replace("recorded", "gated");
  Replace("open", Permits(verdict) || verdict == "escalate" ? "true" : "false");
  if (auto task = Task::OpenedBy(position, leaf)) {
    task_ = std::move(task);
    Replace("review", "waiting");
  }
}

void Terms::ApplyOutcome(const core::Leaf& leaf) {
  Replace("open", "false");
  const bool unauthorized = std::find(leaf.marks.begin(), leaf.marks.end(), "unauthorized") != leaf.marks.end();
  const bool gated = leaf.facts.Find("authorization") != nullptr && !unauthorized;
  if (Value("recorded").empty()) Add("recorded", gated ? "gated" : "observed");
  const bool human = leaf.facts.Find("human_decision") != nullptr || Value("review") == "upheld";
  const bool assisted = leaf.facts.Find("suggestion_use") != nullptr;
  Replace("automation", assisted ? "ai_assist" : human ? "human_in_loop" : "solely_automated");
}

void Terms::ApplyReview(std::uint64_t position, const core::Leaf& leaf) {
  if (!task_ || !task_->Apply(position, leaf)) return;
  if (task_->state == kTaskResolved) {
    Replace("review", task_->reviews.back().resolution == kUphold ? "upheld" : "overridden");
  } else if (task_->state == kTaskExpired || task_->state == kTaskCancelled) {
    Replace("review", task_->state);
  }
  const bool over = Value("review") != "waiting" && Value("review") != "upheld";
  if (over && Value("verdict") == "escalate") Replace("open", "false");
}

void Terms::Begin(const core::Leaf& first) {
  Add("scope_system", FactText(first.facts, "system"));
  Add("scope_action", FactText(first.facts, "action"));
  for (const std::string& place : FactTexts(first.facts, "jurisdictions")) Add("scope_jurisdiction", place);
}

void Terms::Apply(std::uint64_t position, const core::Leaf& leaf) {
  Add("type", leaf.type);
  if (leaf.type == "read") return;  // It says nothing of the decision itself.
  for (const std::string& mark : leaf.marks) Add("mark", mark);
  if (leaf.producer) Add("producer", leaf.producer->id);
  if (leaf.caller_kind != "human" && leaf.caller_id != "candor") Add("recorder", leaf.caller_id);
  ApplyReview(position, leaf);
  if (leaf.type == "authorization") ApplyAuthorization(position, leaf);
  if (leaf.type == "outcome") ApplyOutcome(leaf);
  if (leaf.type == "cancellation") Replace("open", "false");
  for (const Field& field : Fields()) {
    const core::Json* fact = field.fact.empty() ? nullptr : leaf.facts.Find(field.fact);
    if (fact == nullptr) continue;
    if (field.kind == kTerm) {
      AddFact(field.name, *fact);
    } else if (fact->is_string() && core::IsDecimal(fact->string())) {
      std::erase_if(numbers_, [&](const auto& number) { return number.first == field.name; });
      numbers_.emplace_back(field.name, fact->string());
    }
  }
  const core::Json* rules = leaf.facts.Find("rules");
  if (rules == nullptr || !rules->is_array()) return;
  for (const core::Json& rule : rules->items()) {
    if (FactText(rule, "result") == "fired") Add("rule", FactText(rule, "rule"));
  }
}

std::vector<std::string> Terms::List() const {
  std::vector<std::string> list;
  for (const auto& [field, value] : terms_) list.push_back(field + "=" + value);
  std::sort(list.begin(), list.end());
  return list;
}

std::optional<std::string> Terms::Number(std::string_view fact) const {
  for (const auto& [name, value] : numbers_) {
    if (name == fact) return value;
  }
  return std::nullopt;
}

std::vector<std::string> ValuesOf(const std::vector<std::string>& terms, std::string_view field) {
  std::vector<std::string> values;
  for (const std::string& term : terms) {
    if (term.size() > field.size() && term[field.size()] == '=' && term.starts_with(field)) {
      values.push_back(term.substr(field.size() + 1));
    }
  }
  return values;
}

std::string ValueOf(const std::vector<std::string>& terms, std::string_view field) {
  auto values = ValuesOf(terms, field);
  return values.empty() ? std::string() : std::move(values.front());
}

}  // namespace candor::domain
