// RegistryService.ExplainVerdict.
#include <algorithm>

#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/registry_service.h"

namespace candor::rpc {
namespace {

constexpr std::size_t kMostDescription = 4096;
constexpr std::size_t kMostFacts = 64;

// The value of a fact of the leaf; empty for what is sealed or was registered.
std::string ShownValue(const core::Json& facts, std::string_view path) {
  constexpr std::string_view kFacts = "facts.";
  if (!path.starts_with(kFacts)) return {};
  const core::Json* value = facts.Find(path.substr(kFacts.size()));
  return value == nullptr ? std::string() : value->Encode();
}

void Fill(const flow::Explained& said, const policy::FiredRule& fired, v1::ExplainedRule& out) {
  out.set_rule(fired.rule);
  out.set_result(fired.result == "fired"           ? v1::RULE_RESULT_FIRED
                 : fired.result == "indeterminate" ? v1::RULE_RESULT_INDETERMINATE
                                                   : v1::RULE_RESULT_WOULD_HAVE_FIRED);
  out.set_verdict(static_cast<v1::Verdict>(fired.verdict));
  for (const std::string& path : fired.missing) out.add_missing_facts(path);
  if (const auto rule = said.rules.find(fired.rule); rule != said.rules.end()) {
    out.set_title(rule->second.title);
    out.set_description(rule->second.description.substr(0, kMostDescription));
    out.set_source(rule->second.source);
    out.set_place(rule->second.file + ":" + std::to_string(rule->second.line));
  }
  const auto hangs_on = said.what_if.hangs_on.find(fired.rule);
  if (hangs_on == said.what_if.hangs_on.end()) return;
  for (const std::string& path : hangs_on->second) {
    if (static_cast<std::size_t>(out.facts_size()) == kMostFacts) return;
    v1::SeenFact& fact = *out.add_facts();
    fact.set_path(path);
    fact.set_value_json(ShownValue(said.facts, path));
  }
}

}  // namespace

absl::Status RegistryService::ExplainVerdict(const domain::Caller& caller, const v1::ExplainVerdictRequest& request,
                                             v1::ExplainVerdictResponse& response) {
  const auto id = Uuid::FromText(request.id());
  if (!id) return BadField("id", request.id().empty() ? "is required" : "is not a UUID");
  std::optional<Digest> set;
  if (!request.digest().empty()) {
    set = Digest::FromBytes(AsBytes(request.digest()));
    if (!set) return BadField("digest", "is not 32 bytes");
  }
  CANDOR_ASSIGN_OR_RETURN(const flow::Explained said, why_.Run(*caller.tenant, *id, set));
  response.set_authorization_id(said.authorization.ToText());
  response.set_verdict(static_cast<v1::Verdict>(said.verdict));
  response.mutable_policy_set()->set_name(said.policy);
  response.mutable_policy_set()->set_digest(std::string(AsText(said.digest.bytes)));
  response.set_replayed_verdict(static_cast<v1::Verdict>(said.judgement.verdict));
  for (const std::string& reason : said.judgement.reasons) response.add_reason_codes(ReasonCode(reason));
  for (const policy::FiredRule& fired : said.judgement.rules) Fill(said, fired, *response.add_rules());
  for (const policy::Alternative& one : said.what_if.alternatives) {
    v1::VerdictAlternative& out = *response.add_alternatives();
    out.set_path(one.path);
    out.set_value_json(one.value);
    out.set_verdict(static_cast<v1::Verdict>(one.verdict));
    for (const std::string& rule : one.silent) out.add_silent_rules(rule);
  }
  response.set_asked_count(static_cast<std::uint32_t>(said.what_if.asked));
  return absl::OkStatus();
}

}  // namespace candor::rpc
