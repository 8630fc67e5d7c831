#include "services/flow/shadow.h"

#include <pthread.h>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/flow/entries.h"
#include "services/flow/judge.h"

namespace candor::flow {
namespace {

constexpr absl::Duration kReportsEvery = absl::Hours(1);

}  // namespace

Shadow::Shadow(PolicySets& sets, ledger::Ledgers& ledgers, ledger::Appender& appender, const Clock& clock)
    : sets_(sets), ledgers_(ledgers), appender_(appender), clock_(clock), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "shadow");
}

Shadow::~Shadow() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, counted] : counted_) Write(key, counted).IgnoreError();
}

Shadow::Counted& Shadow::CountedOf(const Key& key) {
  return counted_.try_emplace(key, Counted{.tally = {}, .since = clock_.Now(), .last = {}, .differing = {}}).first->second;
}

void Shadow::Offer(const Uuid& tenant, const Digest& set, std::shared_ptr<const Recalled> seen, domain::Verdict verdict,
                   const Uuid& authorization) {
  absl::MutexLock lock(&mutex_);
  if (stopping_ || waiting_.size() >= kMostWaiting) {
    Counted& counted = CountedOf({tenant, set});
    counted.tally.Skip("queue_full");
    counted.last = authorization;
  } else {
    waiting_.push_back({.key = {tenant, set}, .seen = std::move(seen), .verdict = verdict, .authorization = authorization});
  }
}

void Shadow::Run() {
  for (;;) {
    std::optional<Case> one;
    std::map<Key, Counted> due;
    {
      absl::MutexLock lock(&mutex_);
      judging_ = false;
      const auto awake = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !waiting_.empty() || stopping_; };
      mutex_.AwaitWithTimeout(absl::Condition(&awake), absl::Minutes(1));
      if (!waiting_.empty()) {
        one = std::move(waiting_.front());
        waiting_.pop_front();
        judging_ = true;
      } else if (stopping_) {
        return;
      }
      for (auto counted = counted_.begin(); counted != counted_.end();) {
        const auto next = std::next(counted);
        if (clock_.Now() - counted->second.since >= kReportsEvery) due.insert(counted_.extract(counted));
        counted = next;
      }
    }
    for (const auto& [key, counted] : due) Write(key, counted).IgnoreError();
    if (one) Judge(*one);
  }
}

void Shadow::Judge(const Case& one) {
  const auto set = sets_.Load(one.key.first, one.key.second);
  std::optional<policy::Judgement> judgement;
  if (set.ok()) judgement = JudgeBy(**set, one.seen->input(), *one.seen->registry);
  absl::MutexLock lock(&mutex_);
  Counted& counted = CountedOf(one.key);
  counted.last = one.authorization;
  if (!judgement) return counted.tally.Skip("policy_missing");
  counted.tally.Count(SegmentOf(one.seen->facts, {}), one.verdict, judgement->verdict);
  if (judgement->verdict != one.verdict && counted.differing.size() < kMostNamed) counted.differing.push_back(one.authorization);
}

absl::StatusOr<BacktestReport> Shadow::Report(const Uuid& tenant, const Digest& set) {
  Counted counted;
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Shadow::Idle));
    const auto found = counted_.find({tenant, set});
    if (found == counted_.end()) return BacktestReport{};
    counted = std::move(found->second);
    counted_.erase(found);
  }
  CANDOR_RETURN_IF_ERROR(Write({tenant, set}, counted));
  return counted.tally.Report();
}

absl::Status Shadow::Write(const Key& key, const Counted& counted) {
  CANDOR_ASSIGN_OR_RETURN(auto ledger, ledgers_.Get(key.first));
  ledger::Entry entry = Follows("shadow_report", counted.last, clock_.Now());
  core::Json& facts = entry.leaf.facts;
  facts.Set("policy_digest", key.second.ToBase64());
  facts.Set("from", ToRfc3339(counted.since));
  facts.Set("until", ToRfc3339(clock_.Now()));
  AddReport(counted.tally.Report(), facts);
  core::Json differing = core::Json::Array();
  for (const Uuid& one : counted.differing) differing.Append(one.ToText());
  if (!differing.empty()) facts.Set("differing", std::move(differing));
  return AppendAndWait(appender_, std::move(ledger), std::move(entry)).status();
}

}  // namespace candor::flow
