#include "services/flow/report.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/tlog/note.h"
#include "services/crypto/sha256_stream.h"
#include "services/domain/terms.h"
#include "services/flow/fits.h"

namespace candor::flow {
namespace {

constexpr int kPage = 100;  // Decisions at once.
constexpr std::uint64_t kMostCounted = 100'000;
const std::vector<std::string> kFindings = {"gap", "outcome_missing", "unauthorized", "against_verdict", "unresolved"};

absl::StatusOr<core::Leaf> Parsed(const std::string& bytes) {
  absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(bytes);
  if (leaf.ok()) return leaf;
  return Because(absl::DataLossError("a leaf can't be read: verify the ledger"), "VERIFICATION_FAILED");
}

absl::Status Changed() {
  return Because(absl::FailedPreconditionError("what this report is about changed since it was asked for, by an erasure or "
                                               "another key: ask for a new one, with a new request id"),
                 "ERASED");
}

// How many numbers a leaf of type `gap` calls missing.
std::uint64_t MissingIn(const core::Leaf& leaf) {
  std::uint64_t count = 0;
  const core::Json* ranges = leaf.facts.Find("missing");
  if (ranges == nullptr || !ranges->is_array()) return count;
  for (const core::Json& range : ranges->items()) {
    const std::int64_t* first = range.FindInteger("first");
    const std::int64_t* last = range.FindInteger("last");
    if (first != nullptr && last != nullptr && *last >= *first) count += static_cast<std::uint64_t>(*last - *first) + 1;
  }
  return count;
}

void CountFindings(const core::Leaf& leaf, std::map<std::string, std::uint64_t>& findings) {
  if (leaf.type == "gap") findings["gap"] += MissingIn(leaf);
  for (const std::string& kind : kFindings) {
    const bool marked = std::find(leaf.marks.begin(), leaf.marks.end(), kind) != leaf.marks.end();
    if (kind != "gap" && (leaf.type == kind || marked)) ++findings[kind];
  }
}

}  // namespace

absl::Status Reports::TooLarge() {
  return Because(absl::InvalidArgumentError("the report would be larger than 2 MiB: narrow its filter or its time, or "
                                            "take an export"),
                 "TOO_LARGE");
}

// One report on its way.
class Reports::Making {
 public:
  Making(ledger::Ledger& ledger, store::Connection& connection, const Asked& asked, const Kind& kind, std::uint64_t size)
      : ledger_(ledger), connection_(connection), asked_(asked), kind_(kind), size_(size),
        opening_(connection, ledger.keyring(), ledger.tenant(), ledger.origin()) {}

  // The tables of searches say at most more than what is looked at: all is decided by leaves.
  absl::Status GoThrough(store::Condition narrowed) {
    store::DecisionFilter filter{.condition = std::move(narrowed), .person = {}, .before = size_};
    if (!asked_.grant) {
      filter.from = asked_.from;
      filter.until = asked_.until;
    }
    CANDOR_ASSIGN_OR_RETURN(const std::uint64_t total,
                            store::CountDecisions(connection_, ledger_.tenant(), filter, kMostCounted));
    for (std::uint64_t passed = 0;;) {
      CANDOR_RETURN_IF_ERROR(kind_.progress(passed, std::max(passed, total)));
      CANDOR_ASSIGN_OR_RETURN(const auto rows, store::FindDecisions(connection_, ledger_.tenant(), filter, kPage));
      if (rows.empty()) return absl::OkStatus();
      CANDOR_RETURN_IF_ERROR(TakePage(rows));
      passed += rows.size();
      filter.before = rows.back().position;
    }
  }

  absl::Status Found(ReportGround& ground) {
    ground.findings = std::move(findings_);
    ground.looked_at = looked_at_;
    ground.systems = std::move(systems_);
    ground.decisions = decisions_;
    if (asked_.grant) return absl::OkStatus();
    for (const std::string& kind : kFindings) ground.findings[kind] = 0;
    for (std::uint64_t before = size_;;) {
      CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::NotedLeaves(connection_, ledger_.tenant(), kFindings, before, kPage));
      for (const store::StoredLeaf& stored : leaves) {
        CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(stored.leaf));
        CountFindings(leaf, ground.findings);
      }
      if (leaves.empty()) return absl::OkStatus();
      before = leaves.back().position;
    }
  }

 private:
  absl::Status TakePage(const std::vector<store::DecisionRow>& rows) {
    std::vector<Uuid> ids;
    for (const store::DecisionRow& row : rows) ids.push_back(row.decision);
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::LeavesWithBoxes(connection_, ledger_.tenant(), ids, {}));
    std::map<Uuid, SeenDecision> seen;
    std::map<Uuid, bool> covered;
    std::map<Uuid, std::vector<store::StoredLeaf>> stored;
    for (const store::LeafWithBoxes& one : leaves) {
      CANDOR_ASSIGN_OR_RETURN(core::Leaf leaf, Parsed(one.stored.leaf));
      if (!leaf.decision || one.stored.position >= size_) continue;
      const Uuid decision = *leaf.decision;
      if (leaf.id == decision) covered[decision] = asked_.scope.Covers(decision, leaf.facts);
      if (!covered[decision] || !asked_.scope.Covers(leaf.time)) continue;
      stored[decision].push_back(one.stored);
      seen[decision].leaves.push_back({.position = one.stored.position, .leaf = std::move(leaf), .bytes = one.stored.leaf});
    }
    for (const Uuid& id : ids) {
      const auto found = seen.find(id);
      if (found == seen.end()) continue;
      CANDOR_ASSIGN_OR_RETURN(found->second.row, FoldDecision(stored[id]));
      const absl::Time began = found->second.row.create_time;
      if (began < asked_.from || began >= asked_.until) continue;
      ++looked_at_;
      if (!Fits(asked_.filter, found->second.row)) continue;
      ++decisions_;
      for (std::string& code : domain::ValuesOf(found->second.row.terms, "system")) systems_.insert(std::move(code));
      if (asked_.grant) {
        for (const auto& one : found->second.leaves) CountFindings(one.leaf, findings_);
      }
      CANDOR_RETURN_IF_ERROR(kind_.take(found->second, opening_));
    }
    return absl::OkStatus();
  }

  ledger::Ledger& ledger_;
  store::Connection& connection_;
  const Asked& asked_;
  const Kind& kind_;
  const std::uint64_t size_;
  vault::Opening opening_;
  std::map<std::string, std::uint64_t> findings_;
  std::set<std::string> systems_;
  std::uint64_t looked_at_ = 0, decisions_ = 0;
};

absl::StatusOr<std::optional<std::uint64_t>> Reports::EarlierSize(const Uuid& tenant, const Uuid& request) {
  store::Pool::Lease connection = writers_.Borrow();
  const auto known = store::LeafOfRequest(*connection, tenant, request);
  if (absl::IsNotFound(known.status())) return std::nullopt;
  CANDOR_RETURN_IF_ERROR(known.status());
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(known->leaf));
  const std::int64_t* size = leaf.facts.FindInteger("end_position");
  if (leaf.type != "report" || size == nullptr) return std::nullopt;  // The append will refuse it.
  return static_cast<std::uint64_t>(*size);
}

absl::StatusOr<Reports::Done> Reports::Run(const domain::Caller& caller, domain::Statement statement, const Asked& asked,
                                           const Kind& kind) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(const auto earlier, EarlierSize(ledger->tenant(), statement.request));
  CANDOR_ASSIGN_OR_RETURN(std::uint64_t size, book_.CatchUp(*ledger, SearchBook::kUntilRead));
  if (earlier) size = *earlier;
  Done done;
  {
    store::Pool::Lease connection = writers_.Borrow();
    ReportGround ground{.origin = ledger->origin(), .ledger_key = ledger->verifier_key().ToText(), .note = {}, .checkpoint = {},
                        .time = {}, .registry = nullptr, .systems = {}, .looked_at = 0, .decisions = 0, .findings = {}};
    if (ledger->newest().size < size) CANDOR_RETURN_IF_ERROR(ledger->SignHead(*connection).status());
    CANDOR_ASSIGN_OR_RETURN(ground.note, ledger->SignOlder(*connection, size));
    CANDOR_ASSIGN_OR_RETURN(const core::Note note, core::ParseNote(ground.note));
    CANDOR_ASSIGN_OR_RETURN(ground.checkpoint, core::ParseCheckpointText(note.text));
    CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf last, store::LeafAt(*connection, ledger->tenant(), size - 1));
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(last.leaf));
    ground.time = leaf.time;
    CANDOR_ASSIGN_OR_RETURN(ground.registry, registries_.AsOf(ledger->tenant(), size - 1));
    Making making(*ledger, *connection, asked, kind, size);
    // What changed since, or is seen only in part, may fit although the tables of today don't say so.
    const bool narrows = !earlier && !asked.grant;
    CANDOR_RETURN_IF_ERROR(making.GoThrough(narrows ? asked.filter : store::Condition()));
    CANDOR_RETURN_IF_ERROR(making.Found(ground));
    CANDOR_ASSIGN_OR_RETURN(done.files, kind.make(ground, statement.facts));
  }
  if (done.files.html.size() + done.files.csv.size() + done.files.json.size() > kMostBytes) return TooLarge();
  crypto::Sha256Stream hash;
  for (const std::string* file : {&done.files.html, &done.files.csv, &done.files.json}) hash.Add(AsBytes(*file));
  done.digest = hash.Finish();
  statement.facts.Set("end_position", static_cast<std::int64_t>(size));
  statement.facts.Set("report_digest", done.digest.ToBase64());
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "report", clock_.Now()));
  CANDOR_ASSIGN_OR_RETURN(done.receipt, AppendAndWait(appender_, ledger, std::move(entry)));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf self, Parsed(done.receipt.leaf));
  if (domain::FactText(self.facts, "report_digest") != done.digest.ToBase64()) return Changed();
  return done;
}

}  // namespace candor::flow
