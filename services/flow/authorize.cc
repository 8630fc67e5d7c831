#include "services/flow/authorize.h"

#include "services/base/status.h"
#include "services/vault/opening.h"

namespace candor::flow {
namespace {

bool Permits(domain::Verdict verdict) {
  return verdict == domain::Verdict::kAllow || verdict == domain::Verdict::kTransform;
}

// Two that rest on one review: who comes second asks again, and finds it used.
ledger::Done OrRepeat(ledger::Done done) {
  return [done = std::move(done)](absl::StatusOr<ledger::Receipt> receipt) mutable {
    if (ReasonOf(receipt.status()) != "TASK_CHANGED") return done(std::move(receipt));
    done(Because(absl::UnavailableError("the review was used meanwhile: repeat"), "STORE_UNAVAILABLE"));
  };
}

}  // namespace

void Authorize::Run(const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
  auto ledger = ledgers_.Get(*caller.tenant);
  if (!ledger.ok()) return done(ledger.status());
  const auto settings = settings_.Get(*caller.tenant);
  if (!settings.ok()) return done(settings.status());

  const absl::Time now = clock_.Now();
  std::optional<store::TaskRow> rests_on;
  if (statement.facts.Find("review") != nullptr) {
    auto review = oversight_.RestOn(*caller.tenant, statement);
    if (!review.ok()) return done(review.status());
    rests_on = *std::move(review);
  }
  if (absl::Status status = cases_.AddStanding(*caller.tenant, statement); !status.ok()) return done(std::move(status));
  absl::StatusOr<Judged> judged = judge_.Run(*caller.tenant, "authorize", statement, **settings, now);
  if (!judged.ok()) return done(judged.status());
  const domain::Verdict verdict = judged->judgement.verdict;
  const absl::Time due = now + absl::Seconds((*settings)->outcome_seconds);
  if (Permits(verdict)) {
    // The one duty that comes with every permission: to say what was done.
    judged->judgement.obligations.insert(judged->judgement.obligations.begin(), {.type = "record_outcome_by", .due = due});
  }
  if (verdict == domain::Verdict::kTransform) statement.sections["changes"] = std::move(judged->judgement.changes_made);
  AddJudgement(*judged, "obligations", statement.facts);
  const std::optional<Uuid> earlier = statement.decision;

  absl::StatusOr<ledger::Entry> entry = EntryOf(caller, std::move(statement), "authorization", now);
  if (!entry.ok()) return done(entry.status());
  // A decision is called after its first authorization; a further one names it.
  entry->leaf.decision = earlier.value_or(entry->leaf.id);
  if (earlier) {
    entry->claim = ledger::Claim::kContinue;
    entry->named = *earlier;
  }
  entry->verdict = static_cast<int>(verdict);
  if (Permits(verdict)) {
    entry->expire_time = now + absl::Seconds((*settings)->authorization_seconds);
    entry->due_time = due;
    entry->leaf.facts.Set("expires", ToRfc3339(*entry->expire_time));
    entry->leaf.facts.Set("outcome_due", ToRfc3339(*entry->due_time));
    entry->task = rests_on;
  }
  if (judged->seen != nullptr) {
    // What was recorded, and nothing else, is judged by the shadow too; a repetition is not.
    done = [this, tenant = *caller.tenant, set = judged->shadow, seen = std::move(judged->seen), verdict,
            id = entry->leaf.id, done = std::move(done)](absl::StatusOr<ledger::Receipt> receipt) mutable {
      if (receipt.ok() && receipt->leaf.find(id.ToText()) != std::string::npos) shadow_.Offer(tenant, set, std::move(seen), verdict, id);
      done(std::move(receipt));
    };
  }
  if (verdict == domain::Verdict::kEscalate) OpenTask(judged->judgement, now, *entry);
  if (rests_on) done = OrRepeat(std::move(done));
  appender_.Append(*std::move(ledger), *std::move(entry), std::move(done));
}

bool Authorize::HasChanges(const ledger::Receipt& receipt) {
  if (receipt.leaf.find("\"changes\":{\"c\":") == std::string::npos) return false;
  const auto leaf = core::ParseLeaf(receipt.leaf);
  return leaf.ok() && std::any_of(leaf->sections.begin(), leaf->sections.end(),
                                  [](const auto& section) { return section.first == "changes"; });
}

absl::StatusOr<ledger::Receipt> Authorize::WithChanges(const Uuid& tenant, ledger::Receipt receipt) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  store::Pool::Lease connection = writers_.Borrow();
  vault::Opening opening(*connection, ledger->keyring(), tenant, ledger->origin());
  CANDOR_ASSIGN_OR_RETURN(auto sections, opening.Sections(receipt.position));
  const auto changes = sections.find("changes");
  if (changes == sections.end()) {
    return Because(absl::FailedPreconditionError("its changes were erased with the person: ask anew under another id"), "ERASED");
  }
  receipt.changes = std::move(changes->second);
  return receipt;
}

}  // namespace candor::flow
