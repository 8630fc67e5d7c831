// The rows that a verification of a whole ledger reads, as they stand in the store.
//
// Borrowed: views need to live only during the call that takes the row. A column that
// has the wrong size is a finding, not a precondition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/base/bytes.h"
#include "services/base/digest.h"
#include "services/base/id.h"

namespace candor::verify {

// Of `entries`. Each optional column must say what its member of the leaf says, and be
// absent where the leaf has none.
struct EntryRow {
  std::uint64_t position = 0;
  BytesView leaf{};
  BytesView leaf_hash{};
  BytesView chain_hash{};
  std::optional<Uuid> leaf_id{};            // Member id.
  std::optional<Uuid> request_id{};         // Member request.
  std::optional<Uuid> decision_id{};        // Member decision.
  std::optional<Uuid> closes_id{};          // Fact authorization.
  std::optional<int> verdict{};             // Fact verdict of an authorization: 1 allow … 4 deny.
  std::optional<absl::Time> expire_time{};  // Fact expires of an authorization.
  std::optional<absl::Time> due_time{};     // Fact outcome_due of an authorization.
  std::optional<Uuid> epoch{};              // Member producer.epoch.
  std::optional<std::int64_t> seq{};        // Member producer.seq.
};

// Of `tiles`: only full ones stand there.
struct TileRow {
  int level = 0;
  std::uint64_t index = 0;
  BytesView hashes{};
  BytesView root{};
};

// Of `heads`.
struct HeadRow {
  std::uint64_t size = 0;
  BytesView root{};
  BytesView chain{};
  absl::Time time{};
  BytesView range{};
  std::optional<std::uint64_t> signer{};  // Not given: it is left alone.
};

// Of a small table beside the ledger, all columns but the tenant's that leaves tell of, as
// text: see Tables in told.cc for their order. Lists are joined by spaces, times as in
// leaves, infinity empty.
struct ToldRow {
  std::string table;
  std::vector<std::string> values;
  bool is_new = false;  // Its leaf may lie beyond the last one given.
};

// One section of a leaf, after the caller has looked at `sealed`.
struct SectionRow {
  enum class State {
    kOpened,    // `salt` and `bytes` are what was sealed.
    kErased,    // Key and text are gone; `erasure…` prove it, if given.
    kWithheld,  // There, but not for this reader: nothing is checked.
    kBroken,    // The key is there, but the text could not be opened.
  };

  std::uint64_t position = 0;
  std::string_view name{};
  State state = State::kOpened;
  BytesView salt{};
  BytesView bytes{};

  // Of an erased section (without a name: of what was sealed only the fingerprint of the leaf's
  // request was destroyed, which leaves no item): the position of the erasure leaf, and the item's key, its
  // index and its path (hashes of 32 bytes, joined). No position: `missing` is reported.
  std::optional<std::uint64_t> erasure_position{};
  Digest k{};
  std::uint64_t erasure_index = 0;
  BytesView erasure_path{};
};

}  // namespace candor::verify
