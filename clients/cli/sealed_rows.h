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

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/store/reader.h"
#include "services/vault/keyring.h"
#include "services/verify/finding.h"
#include "services/verify/row.h"

namespace candor::cli {

struct SealedRow {
  std::uint64_t position = 0;
  Bytes handle, sections;
};

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
  SectionOpener(const vault::Keyring& keyring, const store::Address& address, std::string origin)
      : keyring_(keyring), connection_(address, store::Role::kReader), origin_(std::move(origin)) {}

  // Gives every section of `row` to `take`. `leaf_id` is that of the row of `entries`;
  // `leaf` its leaf, asked where that id does not open the section.
  absl::Status Open(const SealedRow& row, const std::string& leaf_id, std::string_view leaf,
                    const std::function<void(const verify::SectionRow&)>& take);

  std::uint64_t opened() const { return opened_; }
  verify::Findings TakeFindings() { return std::move(findings_); }

 private:
  struct FoundKey {
    bool there = false;
    bool usable = false;
    crypto::Key key;
  };
  absl::StatusOr<const FoundKey*> KeyOf(const SealedRow& row);

  const vault::Keyring& keyring_;
  store::Connection connection_;
  const std::string origin_;
  std::map<store::Handle, FoundKey> keys_;
  verify::Findings findings_;
  std::uint64_t opened_ = 0;
};

}  // namespace candor::cli
