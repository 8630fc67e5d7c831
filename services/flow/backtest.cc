#include "services/flow/backtest.h"

#include <algorithm>
#include <thread>

#include "services/base/status.h"
#include "services/flow/attributes.h"
#include "services/flow/judge.h"
#include "services/flow/recalled.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

constexpr std::uint64_t kPage = 256;  // Positions that a thread takes at once.
constexpr int kThreads = 2;
constexpr absl::Duration kTells = absl::Milliseconds(200);  // How often whoever joins a run hears of it.

// The value of a protected attribute where it is a code: fairness is counted, never judged.
std::string GroupOf(const std::map<std::string, std::string>& sections, const std::string& attribute) {
  const auto section = sections.find("protected");
  if (attribute.empty() || section == sections.end()) return {};
  const Attributes attributes = AttributesOf(section->second);
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? std::string() : found->second.value;
}

}  // namespace

// One thread's way through pages of a ledger.
class Backtest::Replay {
 public:
  Replay(Backtest& test, const Asked& asked, const policy::RuleSet& set, ledger::Ledger& ledger)
      : asked_(asked), set_(set), ledger_(ledger), connection_(test.writers_.Borrow()),
        recall_(test.book_, ledger, *connection_) {}

  absl::Status Page(std::uint64_t first, std::uint64_t end) {
    for (std::uint64_t at = first; at < end;) {
      CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::Leaves(*connection_, ledger_.tenant(), at, end, kPage));
      if (leaves.empty()) return absl::OkStatus();
      for (const store::StoredLeaf& stored : leaves) {
        CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(stored.leaf));
        if (leaf.type != "authorization") continue;
        if (!asked_.action.empty() && domain::FactText(leaf.facts, "action") != asked_.action) continue;
        CANDOR_RETURN_IF_ERROR(One(stored.position, leaf));
      }
      at = leaves.back().position + 1;
    }
    return absl::OkStatus();
  }

  const Tally& tally() const { return tally_; }

 private:
  absl::Status One(std::uint64_t position, const core::Leaf& leaf) {
    const auto then = domain::VerdictOf(domain::FactText(leaf.facts, "verdict"));
    if (!then) return tally_.Skip("unreadable"), absl::OkStatus();
    const auto recalled = recall_.Of(position, leaf);
    if (absl::IsFailedPrecondition(recalled.status())) return tally_.Skip("erased"), absl::OkStatus();
    CANDOR_RETURN_IF_ERROR(recalled.status());
    const policy::Judgement judgement = JudgeBy(set_, recalled->input(), *recalled->registry);
    const Segment segment = SegmentOf(recalled->facts, GroupOf(recalled->sections, asked_.group_by));
    tally_.Count(segment, *then, judgement.verdict);
    if (judgement.verdict != *then) CANDOR_RETURN_IF_ERROR(Affect(position, recalled->sections));
    return absl::OkStatus();
  }

  // Whom a changed decision concerns: the key that its section `person` is sealed under.
  absl::Status Affect(std::uint64_t position, const std::map<std::string, std::string>& sections) {
    if (!sections.contains("person")) return absl::OkStatus();
    CANDOR_ASSIGN_OR_RETURN(const auto rows, store::SealedAt(*connection_, ledger_.tenant(), position));
    for (const store::StoredSealed& row : rows) {
      CANDOR_ASSIGN_OR_RETURN(const auto box, vault::SplitBox(row.sections));
      for (const auto& [name, _] : box) {
        if (name == "person") tally_.Affect(row.handle);
      }
    }
    return absl::OkStatus();
  }

  const Asked& asked_;
  const policy::RuleSet& set_;
  ledger::Ledger& ledger_;
  store::Pool::Lease connection_;
  Recall recall_;
  Tally tally_;
};

absl::StatusOr<Backtest::Done> Backtest::Run(const domain::Caller& caller, domain::Statement statement,
                                             const Asked& asked, const Progress& progress) {
  const Uuid& tenant = *caller.tenant;
  const auto shared = std::make_shared<Shared>();
  shared->request = statement.request;
  shared->fingerprint_text = statement.fingerprint_text;
  std::shared_ptr<Shared> running;
  {
    absl::MutexLock lock(&mutex_);
    running = running_.try_emplace(tenant, shared).first->second;
  }
  if (running != shared) {
    if (running->request == shared->request && running->fingerprint_text == shared->fingerprint_text) {
      return Join(*running, progress);
    }
    return RetryAfter(Because(absl::ResourceExhaustedError("another backtest of this tenant runs"), "QUEUE_FULL"),
                      absl::Seconds(10));
  }
  absl::StatusOr<Done> done = RunOnce(caller, std::move(statement), asked, [&](auto tried, auto passed, auto positions) {
    {
      absl::MutexLock lock(&shared->mutex);
      shared->tried = tried, shared->passed = passed, shared->positions = positions;
    }
    progress(tried, passed, positions);
  });
  {
    absl::MutexLock lock(&mutex_);
    running_.erase(tenant);
  }
  absl::MutexLock lock(&shared->mutex);
  shared->done = done;
  return done;
}

absl::StatusOr<Backtest::Done> Backtest::Join(Shared& shared, const Progress& progress) {
  for (;;) {
    std::uint64_t tried = 0, passed = 0, positions = 0;
    {
      absl::MutexLock lock(&shared.mutex);
      const auto ended = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(shared.mutex) { return shared.done.has_value(); };
      if (shared.mutex.AwaitWithTimeout(absl::Condition(&ended), kTells)) return *shared.done;
      tried = shared.tried, passed = shared.passed, positions = shared.positions;
    }
    progress(tried, passed, positions);
  }
}

absl::StatusOr<Backtest::Done> Backtest::RunOnce(const domain::Caller& caller, domain::Statement statement,
                                                 const Asked& asked, const Progress& progress) {
  bool known = false;
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto requests, store::KnownRequests(*connection, *caller.tenant, {statement.request}));
    known = !requests.empty();
  }
  if (!known) return Replayed(caller, std::move(statement), asked, progress);
  Done done;
  CANDOR_ASSIGN_OR_RETURN(done.made, registers_.Declare(caller, std::move(statement), "backtest", {}));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(done.made.receipt.leaf));
  done.report = ReportIn(leaf.facts);
  return done;
}

absl::StatusOr<Backtest::Done> Backtest::Replayed(const domain::Caller& caller, domain::Statement statement,
                                                  const Asked& asked, const Progress& progress) {
  const Uuid& tenant = *caller.tenant;
  CANDOR_ASSIGN_OR_RETURN(const auto set, sets_.Load(tenant, asked.set));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  std::uint64_t end = asked.end;
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(*connection, tenant));
    end = end == 0 ? head.size : std::min(end, head.size);
  }

  std::atomic<std::uint64_t> next = asked.first;
  absl::Mutex telling;
  Tally whole;                               // Guarded by `telling`, as the next two.
  absl::Status failed = absl::OkStatus();
  std::uint64_t tried = 0, passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        Replay replay(*this, asked, *set, *ledger);
        std::uint64_t before = 0;
        for (std::uint64_t first = 0; (first = next.fetch_add(kPage)) < end;) {
          const std::uint64_t last = std::min(first + kPage, end);
          absl::Status status = stopping_ ? Because(absl::UnavailableError("the server is stopping: repeat"), "STORE_UNAVAILABLE")
                                          : replay.Page(first, last);
          absl::MutexLock lock(&telling);
          if (!status.ok()) failed = std::move(status);
          if (!failed.ok()) return;
          tried += replay.tally().tried() - before;
          before = replay.tally().tried();
          passed += last - first;
          progress(tried, passed, end - asked.first);
        }
        absl::MutexLock lock(&telling);
        whole.Add(replay.tally());
      });
    }
  }
  CANDOR_RETURN_IF_ERROR(failed);
  Done done{.report = whole.Report(), .made = {}};
  statement.facts.Set("end_position", static_cast<std::int64_t>(end));
  AddReport(done.report, statement.facts);
  CANDOR_ASSIGN_OR_RETURN(done.made, registers_.Declare(caller, std::move(statement), "backtest", {}));
  return done;
}

}  // namespace candor::flow
