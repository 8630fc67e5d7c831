#include "services/flow/authorize.h"

#include "services/base/status.h"

namespace candor::flow {
namespace {

bool Permits(domain::Verdict verdict) {
  return verdict == domain::Verdict::kAllow || verdict == domain::Verdict::kTransform;
}

// The one duty that comes with every permission: to say what was done.
void AddOutcomeObligation(const std::string& due, core::Json& facts) {
  core::Json obligation = core::Json::Object();
  obligation.Set("id", "o1");
  obligation.Set("type", "record_outcome_by");
  obligation.Set("due", due);
  core::Json obligations = core::Json::Array();
  obligations.Append(std::move(obligation));
  facts.Set("obligations", std::move(obligations));
}

// Whatever the rules say: nothing goes ahead while it is stopped.
void DenyStopped(const domain::Registry& registry, const core::Json& facts, policy::Judgement& judgement) {
  const auto text = [&](std::string_view name) { return domain::FactText(facts, name); };
  if (registry.StopFor(text("system"), text("model_version"), text("action")) == nullptr) return;
  judgement.verdict = domain::Verdict::kDeny;
  judgement.reasons.insert(judgement.reasons.begin(), "stopped");
  judgement.rules.insert(judgement.rules.begin(),
                         {.rule = "stopped", .result = "fired", .verdict = domain::Verdict::kDeny, .missing = {}});
}

}  // namespace

void Authorize::Run(const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
  auto ledger = ledgers_.Get(*caller.tenant);
  if (!ledger.ok()) return done(ledger.status());
  const auto settings = settings_.Get(*caller.tenant);
  if (!settings.ok()) return done(settings.status());
  const auto registry = registry_.Get(*caller.tenant);
  if (!registry.ok()) return done(registry.status());

  const absl::Time now = clock_.Now();
  policy::Judgement judgement =
      engine_.Evaluate({.stage = "authorize", .facts = statement.facts, .settings = **settings});
  DenyStopped(**registry, statement.facts, judgement);
  statement.facts.Set("registry_position", static_cast<std::int64_t>((*registry)->position()));
  AddJudgement(engine_, judgement, statement.facts);
  const std::optional<Uuid> earlier = statement.decision;

  absl::StatusOr<ledger::Entry> entry = EntryOf(caller, std::move(statement), "authorization", now);
  if (!entry.ok()) return done(entry.status());
  // A decision is called after its first authorization; a further one names it.
  entry->leaf.decision = earlier.value_or(entry->leaf.id);
  if (earlier) {
    entry->claim = ledger::Claim::kContinue;
    entry->named = *earlier;
  }
  entry->verdict = static_cast<int>(judgement.verdict);
  if (Permits(judgement.verdict)) {
    entry->expire_time = now + absl::Seconds((*settings)->authorization_seconds);
    entry->due_time = now + absl::Seconds((*settings)->outcome_seconds);
    entry->leaf.facts.Set("expires", ToRfc3339(*entry->expire_time));
    entry->leaf.facts.Set("outcome_due", ToRfc3339(*entry->due_time));
    AddOutcomeObligation(ToRfc3339(*entry->due_time), entry->leaf.facts);
  }
  appender_.Append(*std::move(ledger), *std::move(entry), std::move(done));
}

}  // namespace candor::flow
