// The sealed sections of a ledger: read ahead beside its entries, opened, handed on.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/store/audit.h"
#include "services/vault/keyring.h"
#include "services/verify/finding.h"
#include "services/verify/row.h"

namespace candor::cli {

struct SealedRow {
  std::uint64_t position = 0;
  Bytes handle, sections, fingerprint;
  bool has_fingerprint = false;
  std::optional<store::WrappedKey> key;
};

// Whose key a handle names, as the leaves have it that it sealed something of.
struct HandleUse {
  std::uint64_t position = 0;   // The first of them.
  std::set<Digest> named{};     // By sections that name their owner: one, or they disagree.
  std::set<Digest> possible{};  // By all others, what each of them allows; counts where none is named.

  bool Allows(const Digest& lookup) const {
    return named.empty() ? possible.contains(lookup) : named.size() == 1 && named.contains(lookup);
  }
};
using HandleUses = std::map<std::string, HandleUse>;

// Adds what is known of the same handles from elsewhere.
void Merge(HandleUses more, HandleUses& uses);

// Rows of `sealed` in order of position, read by a thread of its own, at most 8 MiB ahead
// of the one thread that takes them.
class SealedReader {
 public:
  SealedReader(const store::Address& address, const Uuid& tenant, std::uint64_t first,
               std::uint64_t end);
  ~SealedReader();

  // The next row at or before `position`; nothing when the next one lies after it.
  absl::StatusOr<std::optional<SealedRow>> Next(std::uint64_t position);

 private:
  void Read(const store::Address& address, const Uuid& tenant, std::uint64_t first,
            std::uint64_t end);
  absl::Status Put(const store::StoredSections& row);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SealedRow> rows_;
  std::size_t bytes_ = 0;
  bool finished_ = false, abandoned_ = false;
  absl::Status status_;
  std::jthread thread_;  // The last, so that it ends first.
};

// Opens rows with the keys of the ledger. Belongs to one thread.
class SectionOpener {
 public:
  // `keyring` must outlive this.
  SectionOpener(const vault::Keyring& keyring, std::string origin)
      : keyring_(keyring), origin_(std::move(origin)) {}

  // Gives every section of `row` to `take`. `leaf_id` is that of the row of `entries`;
  // `leaf` its leaf, asked where that id does not open the section.
  absl::Status Open(const SealedRow& row, const std::string& leaf_id, std::string_view leaf,
                    const std::function<void(const verify::SectionRow&)>& take);

  std::uint64_t opened() const { return opened_; }
  verify::Findings TakeFindings() { return std::move(findings_); }
  HandleUses TakeUses();

 private:
  // What one row of the leaf at hand says of the owner of its key.
  enum class Seals { kOther, kProtected, kNamed };
  struct Use {
    std::string handle;
    Seals seals = Seals::kOther;
    Digest lookup;  // Of kNamed.
  };
  void NoteSection(std::string_view name, std::string_view bytes, Use& use);
  void EndLeaf();

  struct FoundKey {
    bool there = false;
    std::optional<crypto::Key> key;  // Nothing: it does not open.
  };
  const FoundKey& KeyOf(const SealedRow& row);

  const vault::Keyring& keyring_;
  const std::string origin_;
  absl::node_hash_map<store::Handle, FoundKey> keys_;
  verify::Findings findings_;
  std::uint64_t opened_ = 0;

  std::optional<std::uint64_t> position_;  // Of the leaf at hand.
  std::string request_;                    // Of it, if it makes a human principal.
  std::vector<std::string> own_;           // References of keys that are the decision's alone.
  std::vector<std::string> references_;  // The persons it names.
  std::vector<Use> at_hand_;
  HandleUses uses_;
};

}  // namespace candor::cli
