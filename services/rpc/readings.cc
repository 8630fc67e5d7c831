#include "services/rpc/readings.h"

#include <algorithm>
#include <set>

#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/flow/filter.h"
#include "services/flow/search_book.h"
#include "services/flow/selection.h"
#include "services/vault/opening.h"
#include "services/vault/sections.h"

namespace candor::rpc {
namespace {

constexpr int kPage = 100;

absl::StatusOr<core::Leaf> Parsed(const store::StoredLeaf& stored) {
  absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(stored.leaf);
  if (leaf.ok()) return leaf;
  return Because(absl::DataLossError("a leaf can't be read: verify the ledger"), "VERIFICATION_FAILED");
}

// Which exports opened what is sealed under one key.
class Exports {
 public:
  Exports(ledger::Ledger& ledger, store::Pool& writers, const store::Handle& handle)
      : ledger_(ledger), writers_(writers), connection_(writers.Borrow()), handle_(handle) {}

  absl::Status Begin() {
    CANDOR_ASSIGN_OR_RETURN(positions_, store::PositionsOfHandle(*connection_, ledger_.tenant(), handle_));
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Opened(const store::StoredLeaf& stored) {
    if (!OpensSections(stored)) return false;
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf self, Parsed(stored));
    const std::vector<std::string> names = domain::FactTexts(self.facts, "read_sections");
    const std::int64_t* first = self.facts.FindInteger("first_position");
    const std::int64_t* end = self.facts.FindInteger("end_position");
    std::vector<std::pair<std::uint64_t, core::Leaf>> theirs;
    for (const std::uint64_t at : positions_) {
      const bool in_range = (first == nullptr || at >= static_cast<std::uint64_t>(*first)) &&
                            (end == nullptr || *end == 0 || at < static_cast<std::uint64_t>(*end)) && at < stored.position;
      if (!in_range) continue;
      CANDOR_ASSIGN_OR_RETURN(const bool holds, Holds(at, {names.begin(), names.end()}));
      if (!holds) continue;
      CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf leaf, store::LeafAt(*connection_, ledger_.tenant(), at));
      CANDOR_ASSIGN_OR_RETURN(core::Leaf parsed, Parsed(leaf));
      theirs.emplace_back(at, std::move(parsed));
    }
    if (theirs.empty()) return false;
    if (const auto grant = Uuid::FromText(domain::FactText(self.facts, "grant"))) return Covers(*grant, theirs);
    CANDOR_ASSIGN_OR_RETURN(const std::string filter, FilterOf(stored.position));
    if (filter.empty()) return true;
    return Finds(filter, stored.position, self.time, theirs);
  }

 private:
  using Leaves = std::vector<std::pair<std::uint64_t, core::Leaf>>;

  // Whether sections of these names are sealed there under the key.
  absl::StatusOr<bool> Holds(std::uint64_t position, const std::set<std::string>& names) {
    CANDOR_ASSIGN_OR_RETURN(const auto boxes, store::SealedAt(*connection_, ledger_.tenant(), position));
    for (const store::StoredSealed& box : boxes) {
      const auto sections = vault::SplitBox(box.sections);
      if (box.handle != handle_ || !sections.ok()) continue;
      for (const auto& [name, sealed] : *sections) {
        if (names.contains(name.substr(0, name.find('.')))) return true;
      }
    }
    return false;
  }

  absl::StatusOr<bool> Covers(const Uuid& grant, const Leaves& theirs) {
    CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafOfId(*connection_, ledger_.tenant(), grant));
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf proposed, Parsed(stored));
    const domain::GrantScope scope = domain::GrantScope::Of(proposed.facts);
    flow::Coverage covered(*connection_, ledger_.tenant(), scope);
    for (const auto& [at, leaf] : theirs) {
      CANDOR_ASSIGN_OR_RETURN(const bool holds, covered.Holds(leaf));
      if (holds) return true;
    }
    return false;
  }

  absl::StatusOr<std::string> FilterOf(std::uint64_t position) {
    vault::Opening opening(*connection_, ledger_.keyring(), ledger_.tenant(), ledger_.origin());
    CANDOR_ASSIGN_OR_RETURN(const auto sections, opening.Sections(position));
    const auto section = sections.find("export");
    if (section == sections.end()) return std::string();
    CANDOR_ASSIGN_OR_RETURN(const core::Json asked, core::ParseCanonical(section->second, core::JsonKind::kSection));
    return domain::FactText(asked, "filter");
  }

  // Whether the filter found one of their decisions, as the ledger stood then.
  absl::StatusOr<bool> Finds(const std::string& filter, std::uint64_t position, absl::Time time, const Leaves& theirs) {
    std::set<std::string> decisions;
    for (const auto& [at, leaf] : theirs) {
      if (leaf.decision) decisions.insert(leaf.decision->ToText());
    }
    std::string lines;
    for (const std::string& id : decisions) lines += (lines.empty() ? "" : "\n") + id;
    store::DecisionFilter found{.condition = {}, .person = {}};
    CANDOR_ASSIGN_OR_RETURN(found.condition, flow::ParseFilter(filter));
    found.sight = flow::SightBelow(writers_, ledger_.tenant(), position + 1, time);
    found.sight.scope = {{.op = store::Step::Op::kAnyDecision, .value = std::move(lines)}};
    CANDOR_ASSIGN_OR_RETURN(const std::uint64_t count, store::CountDecisions(*connection_, ledger_.tenant(), found, 1));
    return count > 0;
  }

  ledger::Ledger& ledger_;
  store::Pool& writers_;
  store::Pool::Lease connection_;
  const store::Handle handle_;
  std::vector<std::uint64_t> positions_;
};

}  // namespace

bool OpensSections(const store::StoredLeaf& leaf) { return leaf.leaf.find("\"read_sections\":[") != std::string::npos; }

absl::StatusOr<std::vector<store::StoredLeaf>> ReadingsOf(ledger::Ledger& ledger, store::Pool& writers,
                                                          const store::Handle& handle, std::uint64_t before, int limit) {
  store::Pool::Lease connection = writers.Borrow();
  const auto most = static_cast<std::size_t>(limit);
  CANDOR_ASSIGN_OR_RETURN(auto readings, store::ReadsOfHandle(*connection, ledger.tenant(), handle, before, limit));
  Exports exports(ledger, writers, handle);
  CANDOR_RETURN_IF_ERROR(exports.Begin());
  const std::uint64_t last = readings.size() < most ? 0 : readings.back().position;  // None is shown below it.
  for (std::uint64_t below = before; below > last;) {
    CANDOR_ASSIGN_OR_RETURN(auto some, store::NotedLeaves(*connection, ledger.tenant(), {"export"}, below, kPage));
    if (some.empty()) break;
    below = some.back().position;
    for (store::StoredLeaf& stored : some) {
      if (stored.position < last) break;
      CANDOR_ASSIGN_OR_RETURN(const bool opened, exports.Opened(stored));
      if (opened) readings.push_back(std::move(stored));
    }
  }
  std::sort(readings.begin(), readings.end(), [](const auto& a, const auto& b) { return a.position > b.position; });
  if (readings.size() > most) readings.resize(most);
  return readings;
}

}  // namespace candor::rpc
