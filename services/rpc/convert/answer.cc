#include "services/rpc/convert/answer.h"

#include <cctype>

#include "google/rpc/error_details.pb.h"
#include "services/base/clock.h"
#include "services/base/on_hold.h"
#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/domain/verdict.h"
#include "services/policy/builtin.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {
namespace {

using core::Json;

template <typename Enum>
Enum EnumOf(const google::protobuf::EnumDescriptor* type, const std::string* word) {
  return static_cast<Enum>(word == nullptr ? 0 : EnumNumber(*type, *word));
}

v1::Verdict VerdictOf(const Json& object) {
  return EnumOf<v1::Verdict>(v1::Verdict_descriptor(), object.FindString("verdict"));
}

const std::vector<Json>& Items(const Json& object, std::string_view name) {
  static const std::vector<Json> kNone;
  const Json* value = object.Find(name);
  return value != nullptr && value->is_array() ? value->items() : kNone;
}

template <typename Response>
void AddPolicy(const Json& facts, Response& out) {
  if (const std::string* name = facts.FindString("policy")) out.mutable_policy_set()->set_name(*name);
  if (const std::string* text = facts.FindString("policy_digest")) {
    if (const auto digest = FromBase64(*text)) {
      out.mutable_policy_set()->set_digest(std::string(AsText(*digest)));
    }
  }
  for (const Json& rule : Items(facts, "rules")) {
    v1::FiredRule& fired = *out.add_fired_rules();
    if (const std::string* name = rule.FindString("rule")) fired.set_rule(*name);
    fired.set_result(EnumOf<v1::RuleResult>(v1::RuleResult_descriptor(), rule.FindString("result")));
    fired.set_verdict(VerdictOf(rule));
    for (const Json& fact : Items(rule, "missing")) fired.add_missing_facts(fact.string());
  }
}

// At most 2,000 bytes, cut between two reasons.
void AppendWords(std::string_view words, std::string& to) {
  if (words.empty() || to.size() + 1 + words.size() > 2000 || to.find(words) != std::string::npos) return;
  if (!to.empty()) to.push_back(' ');
  to.append(words);
}

void AddObligations(const Json& facts, std::string_view name, google::protobuf::RepeatedPtrField<v1::Obligation>& out) {
  for (const Json& one : Items(facts, name)) {
    v1::Obligation& obligation = *out.Add();
    if (const std::string* id = one.FindString("id")) obligation.set_id(*id);
    const std::string* type = one.FindString("type");
    obligation.set_type(EnumOf<v1::ObligationType>(v1::ObligationType_descriptor(), type));
    if (type != nullptr && obligation.type() == v1::OBLIGATION_TYPE_UNSPECIFIED) {
      obligation.set_type(v1::OBLIGATION_TYPE_CUSTOM);
      obligation.set_custom_type(*type);
    }
    if (const Json* params = one.Find("params")) obligation.set_params_json(params->Encode());
    const std::string* due = one.FindString("due");
    const auto time = due == nullptr ? std::nullopt : FromRfc3339(*due);
    if (time) *obligation.mutable_due_time() = ToWire(*time);
  }
}

// The section `changes` of a TRANSFORM; empty: it is none.
absl::Status AddChanges(const std::string& section, v1::AuthorizeResponse& out) {
  if (section.empty()) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const Json changes, core::ParseCanonical(section, core::JsonKind::kSection));
  for (const Json& one : Items(changes, "changes")) {
    v1::Change& change = *out.add_changes();
    if (const std::string* path = one.FindString("path")) change.set_path(*path);
    const Json* value = one.Find("value");
    const std::string* text = value == nullptr ? nullptr : value->FindString("raw");
    if (text != nullptr) change.set_value_json(*text);
  }
  return absl::OkStatus();
}

// What really happened was recorded; marks say that it must not be acted upon further.
template <typename Response>
void AddRecord(const core::Leaf& leaf, Response& out) {
  if (leaf.decision) out.set_decision_id(leaf.decision->ToText());
  out.set_outcome_id(leaf.id.ToText());
  v1::Verdict verdict = VerdictOf(leaf.facts);
  for (const std::string& mark : leaf.marks) {
    out.add_marks(EnumOf<v1::Mark>(v1::Mark_descriptor(), &mark));
    if (mark == "observed") continue;
    if (verdict != v1::VERDICT_DENY) out.add_reason_codes(ReasonCode("record_unfit"));
    verdict = v1::VERDICT_DENY;
  }
  out.set_verdict(verdict);
  for (const Json& reason : Items(leaf.facts, "verdict_reasons")) out.add_reason_codes(ReasonCode(reason.string()));
  AddObligations(leaf.facts, "further_obligations", *out.mutable_obligations());
  out.set_automation(leaf.facts.Find("human_decision") == nullptr
                         ? v1::AUTOMATION_SOLELY_AUTOMATED
                         : v1::AUTOMATION_HUMAN_IN_LOOP);
  AddPolicy(leaf.facts, out);
}

}  // namespace

std::string ReasonCode(std::string code) {
  if (!policy::Builtin::Gives(code)) return code;
  for (char& c : code) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return code;
}

google::protobuf::Timestamp ToWire(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const std::int64_t micros = absl::ToUnixMicros(time);
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  stamp.set_seconds(seconds);
  stamp.set_nanos(static_cast<std::int32_t>((micros - seconds * 1000000) * 1000));
  return stamp;
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(std::string(status.message()));
  if (status.ok()) return wire;
  google::rpc::ErrorInfo info;
  const std::string reason = ReasonOf(status);
  info.set_reason(reason.empty() ? std::string("INTERNAL") : reason);
  info.set_domain("candor");
  if (const std::string hold = HoldOf(status); !hold.empty()) (*info.mutable_metadata())["hold"] = hold;
  wire.add_details()->PackFrom(info);
  if (const std::string field = FieldOf(status); !field.empty()) {
    google::rpc::BadRequest bad;
    auto& violation = *bad.add_field_violations();
    violation.set_field(field);
    violation.set_description(std::string(status.message()));
    wire.add_details()->PackFrom(bad);
  }
  if (const auto delay = RetryDelayOf(status)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(*delay));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<std::int32_t>(absl::ToInt64Nanoseconds(*delay - absl::Seconds(absl::ToInt64Seconds(*delay)))));
    wire.add_details()->PackFrom(retry);
  }
  return wire;
}

void ToWire(ledger::Receipt receipt, v1::Receipt& out) {
  out.set_position(receipt.position);
  out.set_leaf(std::move(receipt.leaf));
  out.set_proof(std::move(receipt.proof));
}

absl::Status Answer(ledger::Receipt receipt, const TextOf& text_of, v1::AuthorizeResponse& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  if (leaf.decision) out.set_decision_id(leaf.decision->ToText());
  out.set_authorization_id(leaf.id.ToText());
  out.set_verdict(VerdictOf(leaf.facts));
  const std::string* set = leaf.facts.FindString("policy_digest");
  const Digest digest = set == nullptr ? Digest{} : Digest::FromBase64(*set).value_or(Digest{});
  for (const Json& reason : Items(leaf.facts, "verdict_reasons")) {
    out.add_reason_codes(ReasonCode(reason.string()));
    const policy::ReasonText words = text_of(digest, reason.string());
    AppendWords(words.operator_text, *out.mutable_operator_text());
    AppendWords(words.person_text, *out.mutable_person_text());
  }
  AddObligations(leaf.facts, "obligations", *out.mutable_obligations());
  for (const Json& notice : Items(leaf.facts, "required_notices")) {
    out.add_required_notices(EnumOf<v1::NoticeKind>(v1::NoticeKind_descriptor(), &notice.string()));
  }
  AddPolicy(leaf.facts, out);
  if (leaf.facts.Find("review_due") != nullptr) out.set_task_id(leaf.id.ToText());
  if (const std::string* expires = leaf.facts.FindString("expires")) {
    if (const auto time = FromRfc3339(*expires)) *out.mutable_expire_time() = ToWire(*time);
  }
  CANDOR_RETURN_IF_ERROR(AddChanges(receipt.changes, out));
  ToWire(std::move(receipt), *out.mutable_receipt());
  return absl::OkStatus();
}

absl::Status Answer(ledger::Receipt receipt, v1::RecordResponse& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  AddRecord(leaf, out);
  ToWire(std::move(receipt), *out.mutable_receipt());
  return absl::OkStatus();
}

absl::Status Answer(ledger::Receipt receipt, v1::ObserveResponse& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  AddRecord(leaf, out);
  ToWire(std::move(receipt), *out.mutable_receipt());
  return absl::OkStatus();
}

absl::Status Answer(ledger::Receipt receipt, v1::RecordResultResponse& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  out.set_result_id(leaf.id.ToText());
  ToWire(std::move(receipt), *out.mutable_receipt());
  return absl::OkStatus();
}

absl::Status Answer(ledger::Receipt receipt, v1::RecordNoticeResponse& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  out.set_notice_id(leaf.id.ToText());
  ToWire(std::move(receipt), *out.mutable_receipt());
  return absl::OkStatus();
}

absl::Status Answer(ledger::Receipt receipt, v1::CancelResponse& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  if (leaf.decision) out.set_decision_id(leaf.decision->ToText());
  ToWire(std::move(receipt), *out.mutable_receipt());
  return absl::OkStatus();
}

absl::Status Answer(ledger::Receipt receipt, v1::CloseEpochResponse& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  const Json *count = leaf.facts.Find("count"), *came = leaf.facts.Find("came");
  if (count != nullptr && came != nullptr) {
    out.set_missing_count(static_cast<std::uint64_t>(count->integer() - came->integer()));
  }
  ToWire(std::move(receipt), *out.mutable_receipt());
  return absl::OkStatus();
}

}  // namespace candor::rpc
