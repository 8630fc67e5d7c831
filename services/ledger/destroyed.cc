#include "services/ledger/destroyed.h"

#include <map>

#include "services/base/status.h"

namespace candor::ledger {

absl::StatusOr<Destroyed> FindDestroyed(store::LedgerTransaction& transaction, const Erasing& erasing) {
  Destroyed destroyed;
  CANDOR_ASSIGN_OR_RETURN(destroyed.handles, transaction.HandlesOf(erasing.lookups));
  if (destroyed.handles.empty()) {
    return Because(absl::NotFoundError("nothing of this person is kept: it was never recorded, or erased before"),
                   "NOT_FOUND");
  }
  std::map<std::uint64_t, Destroyed::Leaf> leaves;  // Protected attributes stand in a row of their own.
  for (const store::Handle& handle : destroyed.handles) {
    CANDOR_RETURN_IF_ERROR(transaction.EachSealedUnder(handle, [&](const store::SealedUnder& row) -> absl::Status {
      CANDOR_RETURN_IF_ERROR(erasing.may(row));
      const auto sections = vault::SplitBox(row.sections);
      if (!sections.ok()) {
        return Because(absl::DataLossError("a sealed row cannot be read: verify the ledger"), "VERIFICATION_FAILED");
      }
      Destroyed::Leaf& leaf = leaves.try_emplace(row.position, Destroyed::Leaf{.position = row.position, .id = row.leaf_id, .sections = {}}).first->second;
      for (const auto& [name, sealed] : *sections) leaf.sections.push_back(name);
      return absl::OkStatus();
    }));
  }
  for (auto& [position, leaf] : leaves) destroyed.leaves.push_back(std::move(leaf));
  return destroyed;
}

}  // namespace candor::ledger
