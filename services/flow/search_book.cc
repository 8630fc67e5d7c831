#include "services/flow/search_book.h"

#include <algorithm>
#include <map>
#include <set>

#include "services/base/status.h"
#include "services/core/commit/section.h"
#include "services/domain/registered.h"
#include "services/domain/terms.h"
#include "services/vault/sections.h"

namespace candor::flow {
namespace {

constexpr int kLeavesAtOnce = 1000;
// Types and marks of leaves that lists are made of.
const std::set<std::string, std::less<>> kListed = {"read", "gap", "outcome_missing", "unauthorized", "against_verdict",
                                                    "unresolved", "case_late", "grant", "grant_confirmed", "grant_revoked", "export"};

absl::StatusOr<core::Leaf> Read(const std::string& bytes) {
  absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(bytes);
  if (leaf.ok()) return leaf;
  return Because(absl::DataLossError("a leaf can't be read: verify the ledger"), "VERIFICATION_FAILED");
}

class Rows {
 public:
  // Leaves of a decision come in order of their positions.
  void Take(std::uint64_t position, const core::Leaf& leaf, bool is_seen = true) {
    Made& made = made_[*leaf.decision];
    store::DecisionRow& row = made.row;
    if (leaf.id == *leaf.decision) made.terms.Begin(leaf);
    if (!is_seen) return;
    if (row.leaf_count == 0) {
      row.decision = *leaf.decision;
      row.position = position;
      row.create_time = leaf.time;
    }
    row.update_time = leaf.time;
    ++row.leaf_count;
    made.terms.Apply(position, leaf);
  }

  std::vector<store::DecisionRow> Done() {
    std::vector<store::DecisionRow> rows;
    for (auto& [id, made] : made_) {
      if (made.row.leaf_count == 0) continue;
      made.row.terms = made.terms.List();
      made.row.amount = made.terms.Number("amount");
      made.row.confidence = made.terms.Number("confidence");
      made.row.cost = made.terms.Number("cost");
      rows.push_back(std::move(made.row));
    }
    return rows;
  }

 private:
  struct Made {
    store::DecisionRow row;
    domain::Terms terms;
  };
  std::map<Uuid, Made> made_;
};

bool HoldsWords(std::string_view section) {
  const std::string_view base = section.substr(0, section.find('.'));
  return base == "conversation" || base == "data_used";
}

// The words of a section: its conversation, and its data.
std::vector<Digest> WordsIn(const vault::Keyring& keyring, const core::Json& section) {
  std::vector<Digest> words;
  const std::string conversation = domain::FactText(section, "id");
  if (!conversation.empty()) words.push_back(keyring.WordOf(vault::Keyring::WordKind::kConversation, conversation));
  const core::Json* data = section.Find("data_used");
  if (data == nullptr || !data->is_array()) return words;
  for (const core::Json& datum : data->items()) {
    const std::string id = domain::FactText(datum, "datum_id");
    if (!id.empty()) words.push_back(keyring.WordOf(vault::Keyring::WordKind::kDatum, id));
  }
  return words;
}

using Leaves = std::vector<std::pair<std::uint64_t, core::Leaf>>;

// The words of leaves, which are in order. What was altered holds none: whoever opens it is told.
absl::StatusOr<std::vector<store::Word>> WordsOf(store::Connection& connection, const ledger::Ledger& ledger,
                                                 const Leaves& leaves) {
  std::vector<store::Word> words;
  if (leaves.empty()) return words;
  CANDOR_ASSIGN_OR_RETURN(const auto boxes, store::SealedIn(connection, ledger.tenant(), leaves.front().first,
                                                            leaves.back().first + 1));
  for (const store::SealedWithKey& box : boxes) {
    const auto of = std::lower_bound(leaves.begin(), leaves.end(), box.sealed.position,
                                     [](const auto& leaf, std::uint64_t position) { return leaf.first < position; });
    if (of == leaves.end() || of->first != box.sealed.position) continue;
    const core::Leaf& leaf = of->second;
    const auto sections = vault::SplitBox(box.sealed.sections);
    if (!sections.ok() || !std::any_of(sections->begin(), sections->end(), [](const auto& one) { return HoldsWords(one.first); })) continue;
    const auto key = ledger.keyring().UnwrapKey(box.key);
    if (!key.ok()) continue;
    const std::string leaf_id = leaf.id.ToText();
    for (const auto& [name, sealed] : *sections) {
      if (!HoldsWords(name)) continue;
      const auto opened = core::OpenSection(*key, {.origin = ledger.origin(), .leaf_id = leaf_id, .name = name}, sealed);
      const auto section = opened.ok() ? core::ParseCanonical(AsText(opened->bytes), core::JsonKind::kSection)
                                       : absl::StatusOr<core::Json>(opened.status());
      if (!section.ok()) continue;
      for (const Digest& word : WordsIn(ledger.keyring(), *section)) {
        words.push_back({.word = word, .position = box.sealed.position, .handle = box.sealed.handle, .decision = *leaf.decision});
      }
    }
  }
  return words;
}

// What the leaves of [first, end) say; of at most kLeavesAtOnce.
absl::StatusOr<store::ReadUpTo> Told(store::Connection& connection, const ledger::Ledger& ledger, std::uint64_t first,
                                     std::uint64_t end) {
  const Uuid& tenant = ledger.tenant();
  store::ReadUpTo told{.size = first, .decisions = {}, .noted = {}, .words = {}};
  if (first >= end) return told;  // Another one read on meanwhile.
  CANDOR_ASSIGN_OR_RETURN(const auto stored, store::Leaves(connection, tenant, first, end, kLeavesAtOnce));
  std::map<Uuid, Leaves> leaves;
  Leaves worded;
  for (const store::StoredLeaf& one : stored) {
    CANDOR_ASSIGN_OR_RETURN(core::Leaf leaf, Read(one.leaf));
    const std::optional<Uuid> decision = leaf.decision;
    if (kListed.contains(leaf.type)) told.noted.emplace_back(leaf.type, one.position);
    for (const std::string& mark : leaf.marks) {
      if (kListed.contains(mark)) told.noted.emplace_back(mark, one.position);
    }
    const bool has_words = std::any_of(leaf.sections.begin(), leaf.sections.end(),
                                       [](const auto& section) { return HoldsWords(section.first); });
    if (decision && has_words) worded.emplace_back(one.position, leaf);
    if (decision) leaves[*decision].emplace_back(one.position, std::move(leaf));
    told.size = one.position + 1;
  }
  // Decisions that began before are folded anew, from all of their leaves.
  Rows rows;
  std::vector<Uuid> older;
  for (const auto& [decision, its] : leaves) {
    if (its.front().second.id != decision) {
      older.push_back(decision);
      continue;
    }
    for (const auto& [position, leaf] : its) rows.Take(position, leaf);
  }
  if (!older.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const auto all, store::LeavesWithBoxes(connection, tenant, older, {}));
    for (const store::LeafWithBoxes& one : all) {
      CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Read(one.stored.leaf));
      if (leaf.decision) rows.Take(one.stored.position, leaf);
    }
  }
  told.decisions = rows.Done();
  CANDOR_ASSIGN_OR_RETURN(told.words, WordsOf(connection, ledger, worded));
  return told;
}

store::Condition ConditionOf(const domain::GrantScope& scope) {
  store::Condition condition;
  const auto add = [&](store::Step::Op op, std::string_view field, const auto& values, const auto& text_of) {
    if (values.empty()) return;
    std::string lines;
    for (const auto& value : values) lines.append(lines.empty() ? "" : "\n").append(field).append(text_of(value));
    condition.push_back({.op = op, .value = std::move(lines)});
    if (condition.size() > 1) condition.push_back({.op = store::Step::Op::kAnd});
  };
  const auto as_it_is = [](const std::string& text) { return text; };
  add(store::Step::Op::kAnyTerm, "scope_system=", scope.systems, as_it_is);
  add(store::Step::Op::kAnyTerm, "scope_action=", scope.actions, as_it_is);
  add(store::Step::Op::kAnyTerm, "scope_jurisdiction=", scope.jurisdictions, as_it_is);
  add(store::Step::Op::kAnyDecision, "", scope.decisions, [](const Uuid& id) { return id.ToText(); });
  return condition;
}

// The position of the first leaf that is not older; nothing where there is none yet.
absl::StatusOr<std::optional<std::uint64_t>> PositionAt(store::Connection& connection, const Uuid& tenant, absl::Time time) {
  CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(connection, tenant));
  std::uint64_t first = 0, end = head.size;
  while (first < end) {
    const std::uint64_t middle = first + (end - first) / 2;
    CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafAt(connection, tenant, middle));
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Read(stored.leaf));
    if (leaf.time < time) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return first == head.size ? std::nullopt : std::optional(first);
}

// How decisions look by their leaves at positions of [first, end).
absl::StatusOr<std::vector<store::DecisionRow>> FoldWithin(store::Pool& pool, const Uuid& tenant, std::uint64_t first,
                                                           std::uint64_t end, const std::vector<Uuid>& decisions) {
  constexpr std::size_t kAtOnce = 200;
  std::vector<store::DecisionRow> folded;
  store::Pool::Lease connection = pool.Borrow();
  for (std::size_t at = 0; at < decisions.size(); at += kAtOnce) {
    const auto begin = decisions.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<Uuid> some(begin, begin + static_cast<std::ptrdiff_t>(std::min(kAtOnce, decisions.size() - at)));
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::LeavesWithBoxes(*connection, tenant, some, {}));
    Rows rows;
    for (const store::LeafWithBoxes& one : leaves) {
      CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Read(one.stored.leaf));
      if (leaf.decision) rows.Take(one.stored.position, leaf, one.stored.position >= first && one.stored.position < end);
    }
    for (store::DecisionRow& row : rows.Done()) folded.push_back(std::move(row));
  }
  return folded;
}

}  // namespace

absl::StatusOr<store::Sight> SightOf(store::Pool& leaves, const Uuid& tenant, const domain::GrantScope& scope) {
  store::Sight sight{.scope = ConditionOf(scope), .from = scope.from, .until = scope.until};
  std::optional<std::uint64_t> first = 0, end;
  store::Pool::Lease connection = leaves.Borrow();
  if (scope.from != absl::InfinitePast()) {
    CANDOR_ASSIGN_OR_RETURN(first, PositionAt(*connection, tenant, scope.from));
  }
  if (scope.until != absl::InfiniteFuture()) {
    CANDOR_ASSIGN_OR_RETURN(end, PositionAt(*connection, tenant, scope.until));
  }
  if (first == 0 && !end) return sight;
  sight.first = first.value_or(INT64_MAX);
  sight.end = end.value_or(INT64_MAX);
  sight.look = [&leaves, tenant, from = sight.first, until = sight.end](const std::vector<Uuid>& decisions) {
    return FoldWithin(leaves, tenant, from, until, decisions);
  };
  return sight;
}

store::Sight SightBelow(store::Pool& leaves, const Uuid& tenant, std::uint64_t size, absl::Time time) {
  return {.end = size, .until = time, .look = [&leaves, tenant, size](const std::vector<Uuid>& decisions) {
            return FoldWithin(leaves, tenant, 0, size, decisions);
          }};
}

absl::StatusOr<store::DecisionRow> FoldDecision(const std::vector<store::StoredLeaf>& leaves) {
  Rows rows;
  for (const store::StoredLeaf& stored : leaves) {
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Read(stored.leaf));
    if (leaf.decision) rows.Take(stored.position, leaf);
  }
  auto folded = rows.Done();
  return folded.empty() ? store::DecisionRow() : std::move(folded.front());
}

absl::StatusOr<std::uint64_t> SearchBook::ReadOn(const ledger::Ledger& ledger, std::uint64_t size,
                                                 absl::Duration patience) {
  const absl::Time end = clock_.Now() + patience;
  CANDOR_ASSIGN_OR_RETURN(std::uint64_t read, store::SearchedSize(*writers_.Borrow(), ledger.tenant()));
  while (read < size && courtesy_.Wait(patience / 10)) {
    store::Pool::Lease connection = writers_.Borrow(), leaves = writers_.Borrow();
    const Courtesy::Piece piece(courtesy_);
    const std::uint64_t before = read;
    const absl::Status status = store::ReadOn(*connection, ledger.tenant(), [&](std::uint64_t at) {
      auto told = Told(*leaves, ledger, at, size);
      if (told.ok()) read = told->size;
      return told;
    });
    // A person was erased meanwhile: without their words it goes on.
    if (absl::IsAborted(status) && clock_.Now() < end) {
      read = before;
      continue;
    }
    CANDOR_RETURN_IF_ERROR(status);
    if (read == before || clock_.Now() >= end) break;
  }
  return read;
}

absl::StatusOr<std::uint64_t> SearchBook::CatchUp(const ledger::Ledger& ledger, absl::Duration patience) {
  std::uint64_t size = 0;
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(*connection, ledger.tenant()));
    size = head.size;
  }
  return ReadOn(ledger, size, patience);
}

}  // namespace candor::flow
