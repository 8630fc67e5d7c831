// From waiting entries to one batch of rows: what happens under the head lock, without
// the database.
//
// Belongs to one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/core/merkle/batch_tree.h"
#include "services/ledger/destroyed.h"
#include "services/ledger/entry.h"
#include "services/ledger/ledger.h"

namespace candor::ledger {

// An entry on its way.
struct Item {
  Entry entry;
  Done done;
  std::size_t bytes = 0;  // What it counts for in the queue.
  int tries = 0;

  // From Prepare:
  std::optional<core::UnfinishedLeaf> unfinished;
  vault::SealedSections sealed;
  std::optional<Digest> fingerprint;
  vault::FoundKey fingerprint_key;

  // From Batch:
  std::string leaf;
  absl::StatusOr<std::uint64_t> position = absl::UnknownError("not settled");
};
using Items = std::vector<std::unique_ptr<Item>>;

// Whether an entry moves a task that is there already.
bool MovesTask(const Entry& entry);

// kFailedPrecondition: what an entry is about has moved on.
absl::Status NotOpen(const char* what, const char* reason);

// Seals the sections of `items` and encodes their leaves, as far as can be done before
// the head lock. Items that can't be encoded get their error as `position`; the answer is
// the first error that concerns all.
absl::Status Prepare(Ledger& ledger, store::Connection& connection, Items& items);

// One batch. Settle, then, if anything is new, Build; both inside the transaction, where
// they may be repeated from the start.
class Batch {
 public:
  Batch(Ledger& ledger, Items& items) : ledger_(ledger), items_(items) {}

  // `in_step`: nobody else wrote to the ledger since this process last did, and this is the first try. Then it
  // asks nothing if nothing but its requests is in question: the database refuses one that is there already.
  store::Questions Ask(bool in_step);

  // Decides about each item: new, a repetition, refused, to be sealed again, or to wait
  // for a later batch because it repeats another of this one.
  void Settle(const store::Answers& answers);
  bool has_new() const { return !fresh_.empty(); }
  bool has_repeats() const { return !repeats_.empty(); }

  // The erasure of the batch, which then has no other new item; and what it destroys, to be given
  // before Build. Errors: those that are no refusal of the erasure.
  const Erasing* erasing() const;
  absl::Status Destroy(absl::StatusOr<Destroyed> destroyed);

  // Finishes the leaves of the new items after `head`, and gives what to write.
  absl::Status Build(const store::Head& head, absl::Time now, OpenTiles tiles);
  const store::Batch& rows() const { return rows_; }

  // After a clean commit.
  void Committed();
  const core::BatchTree& tree() const { return *tree_; }

  // Indexes into the items.
  const std::vector<std::size_t>& fresh() const { return fresh_; }      // In order of position.
  const std::vector<std::size_t>& repeats() const { return repeats_; }  // Recorded before.
  const std::vector<std::size_t>& again() const { return again_; }      // To be prepared again.
  const std::vector<std::size_t>& later() const { return later_; }      // For the next batch.

 private:
  void SettleRepeat(std::size_t item, const store::Answers::Recorded& recorded);
  absl::Status SettleClaim(std::size_t item, const store::Answers::Named* named);
  absl::Status SettleMissing(const Entry& entry, const store::Answers::Missing* answer) const;
  absl::Status SettleRegistry(const Entry& entry, std::uint64_t newest) const;
  absl::Status SettleCases(const Entry& entry, std::uint64_t newest) const;
  bool HasFresh(store::SideRow::Table table) const;
  absl::Status SettleTask(const Entry& entry, std::optional<std::uint64_t> newest) const;
  void CloseEscalation(std::size_t item, store::Answers::Named::Task task);
  bool IsOfAGap(const core::Producer& producer) const;
  void MarkByTime(std::size_t item, absl::Time time);
  absl::Status ChangeKeys(Item& item, std::uint64_t position);
  absl::Status Erase(Item& item, std::uint64_t position);
  void AddRows(std::size_t item, std::uint64_t position);

  Ledger& ledger_;
  Items& items_;
  std::vector<std::size_t> fresh_, repeats_, again_, later_;
  std::vector<std::vector<std::string>> marks_;  // By item.
  std::vector<const store::Questions::Missing*> gaps_;  // Of the new items.
  std::vector<char> keeps_claim_;                // By item: whether it closes what it names.
  absl::flat_hash_map<std::array<std::uint8_t, 32>, store::Handle> stored_;  // Fresh keys that are stored, or are now, by look-up.
  bool asks_ = true;
  Destroyed destroyed_;
  store::Batch rows_;
  std::optional<core::BatchTree> tree_;
  OpenTiles tiles_;
};

}  // namespace candor::ledger
