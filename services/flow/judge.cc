#include "services/flow/judge.h"

#include <limits>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/policy/changes.h"
#include "services/policy/review.h"
#include "services/policy/verdicts.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

using core::Json;

Json Texts(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Append(text);
  return list;
}

Json RuleFact(const policy::FiredRule& rule) {
  Json one = Json::Object();
  one.Set("rule", rule.rule);
  one.Set("result", rule.result);
  one.Set("verdict", std::string(domain::VerdictName(rule.verdict)));
  if (!rule.missing.empty()) one.Set("missing", Texts(rule.missing));
  return one;
}

Json ObligationFact(const policy::Obligation& obligation, std::size_t number) {
  Json one = Json::Object();
  one.Set("id", std::string("o").append(std::to_string(number)));
  one.Set("type", obligation.type);
  if (obligation.due) one.Set("due", ToRfc3339(*obligation.due));
  if (!obligation.params.empty()) one.Set("params", obligation.params);
  return one;
}

constexpr std::size_t kMostEarlier = 64;  // Leaves of one decision that rules see, the newest.

// What a human said of this very action, or that nobody did who was to.
void AddReview(const policy::Input& input, policy::Judgement& judgement) {
  const std::string state = domain::FactText(input.facts, "review_state");
  if (input.call != "authorize" || state.empty() || state == policy::kUpheld) return;
  const bool overridden = state == policy::kOverridden;
  const domain::Verdict verdict = overridden ? domain::Verdict::kDeny : domain::Verdict::kEscalate;
  judgement.verdict = domain::Strictest(judgement.verdict, verdict);
  judgement.reasons.insert(judgement.reasons.begin(), overridden ? "review_overridden" : "review_invalid");
  judgement.rules.insert(judgement.rules.begin(), {.rule = "review", .result = "fired", .verdict = verdict, .missing = {}});
}

}  // namespace

void AddJudgement(const Judged& judged, const char* obligations, Json& facts) {
  const policy::Judgement& judgement = judged.judgement;
  facts.Set("policy", judged.policy);
  facts.Set("policy_digest", judged.digest.ToBase64());
  facts.Set("registry_position", static_cast<std::int64_t>(judged.registry_position));
  if (judgement.saw_time) facts.Set("policy_time", ToRfc3339(judged.time));
  facts.Set("verdict", std::string(domain::VerdictName(judgement.verdict)));
  if (!judgement.reasons.empty()) facts.Set("verdict_reasons", Texts(judgement.reasons));
  if (!judgement.notices.empty()) facts.Set("required_notices", Texts(judgement.notices));
  if (!judgement.rules.empty()) {
    Json rules = Json::Array();
    for (const policy::FiredRule& rule : judgement.rules) rules.Append(RuleFact(rule));
    facts.Set("rules", std::move(rules));
  }
  if (judgement.obligations.empty()) return;
  Json list = Json::Array();
  for (const policy::Obligation& one : judgement.obligations) {
    list.Append(ObligationFact(one, list.items().size() + 1));
  }
  facts.Set(obligations, std::move(list));
}

absl::StatusOr<Json> EarlierLeaves(store::Connection& connection, const Uuid& tenant, const Uuid& decision,
                                   std::uint64_t before) {
  CANDOR_ASSIGN_OR_RETURN(auto rows, store::LeavesOfDecision(connection, tenant, decision));
  while (!rows.empty() && rows.back().position >= before) rows.pop_back();
  Json earlier = Json::Array();
  for (std::size_t i = rows.size() > kMostEarlier ? rows.size() - kMostEarlier : 0; i < rows.size(); ++i) {
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(rows[i].leaf));
    Json one = Json::Object();
    one.Set("type", leaf.type);
    one.Set("facts", leaf.facts);
    earlier.Append(std::move(one));
  }
  return earlier;
}

absl::StatusOr<Json> Judge::Earlier(const Uuid& tenant, const domain::Statement& statement) {
  if (!statement.decision && !statement.authorization) return Json::Array();
  store::Pool::Lease connection = readers_.Borrow();
  std::optional<Uuid> decision = statement.decision;
  if (!decision) {
    const auto named = store::LeafOfId(*connection, tenant, *statement.authorization);
    if (absl::IsNotFound(named.status())) return Json::Array();
    CANDOR_RETURN_IF_ERROR(named.status());
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(named->leaf));
    decision = leaf.decision;
  }
  if (!decision) return Json::Array();
  return EarlierLeaves(*connection, tenant, *decision, std::numeric_limits<std::uint64_t>::max());
}

policy::Judgement JudgeBy(const policy::Engine& engine, const policy::Input& input, const domain::Registry& registry) {
  policy::Judgement judgement = engine.Evaluate(input);
  AddReview(input, judgement);
  // Changes that can't be made, or say what nobody asked for: nobody may act on them.
  if (judgement.verdict == domain::Verdict::kTransform) {
    auto made = policy::MakeChanges(input, judgement.changes);
    if (made.ok()) {
      judgement.changes_made = *std::move(made);
    } else {
      judgement = policy::Denial("policy_error");
    }
  }
  policy::Builtin::AddFloor(input, judgement);
  const auto text = [&](std::string_view name) { return domain::FactText(input.facts, name); };
  const bool stopped = input.call == "authorize" &&
                       registry.StopFor(text("system"), text("model_version"), text("action")) != nullptr;
  if (stopped) {
    judgement.verdict = domain::Verdict::kDeny;
    judgement.reasons.insert(judgement.reasons.begin(), "stopped");
    judgement.rules.insert(judgement.rules.begin(),
                           {.rule = "stopped", .result = "fired", .verdict = domain::Verdict::kDeny, .missing = {}});
  }
  return judgement;
}

absl::StatusOr<Judged> Judge::Run(const Uuid& tenant, std::string_view call, const domain::Statement& statement,
                                  const domain::Settings& settings, absl::Time now) {
  CANDOR_ASSIGN_OR_RETURN(const RegistrySnapshot registry, registry_.Get(tenant));
  Judged judged{.judgement = {}, .policy = builtin_.name(), .digest = builtin_.digest(), .time = now,
                .registry_position = registry->position(), .shadow = {}, .seen = nullptr};
  const domain::PolicyLife& life = registry->policies();
  const bool shadowed = call == "authorize" && !life.shadow().empty();
  std::shared_ptr<const policy::RuleSet> set;
  if (!life.active().empty()) {
    judged.policy = life.sets().at(life.active()).name;
    judged.digest = *Digest::FromBase64(life.active());
    auto loaded = sets_.Load(tenant, judged.digest);
    if (!loaded.ok()) {
      judged.judgement = policy::Denial("policy_missing");
      return judged;
    }
    set = *std::move(loaded);
  }
  Json earlier = Json::Array();
  if (shadowed || (set != nullptr && set->Judges(call))) {
    CANDOR_ASSIGN_OR_RETURN(earlier, Earlier(tenant, statement));
  }
  const Json registered = domain::RegistryFacts(*registry, statement.facts);
  const policy::Input input{.call = call, .time = now, .facts = statement.facts, .sections = statement.sections,
                            .settings = settings, .registry = &registered, .earlier = &earlier};
  judged.judgement = JudgeBy(set == nullptr ? static_cast<const policy::Engine&>(builtin_) : *set, input, *registry);
  if (shadowed) {
    judged.shadow = *Digest::FromBase64(life.shadow());
    judged.seen = std::make_shared<const Recalled>(Recalled{.facts = statement.facts, .registered = registered,
                                                            .earlier = earlier, .sections = statement.sections,
                                                            .settings = settings, .registry = registry, .time = now});
  }
  return judged;
}

policy::ReasonText Judge::TextOf(const Uuid& tenant, const Digest& digest, std::string_view reason,
                                 std::string_view language) {
  if (auto text = builtin_.TextOf(reason, language)) return *text;
  if (const auto set = sets_.Loaded(tenant, digest)) {
    if (auto text = set->TextOf(reason, language)) return *text;
  }
  return {.operator_text = "See the policy set.", .person_text = "A rule of the company stopped this."};
}

}  // namespace candor::flow
