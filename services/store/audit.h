// Reading whole tables, for verification.
//
// Free functions; any role that may read. Errors everywhere: kUnavailable when the database
// is away. Nothing here holds a snapshot for long: the streams page by position.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "services/store/append.h"

namespace candor::store {

// A row of a small table that a leaf tells of; the columns that it tells of as text, lists
// joined by spaces, times as in leaves, infinity empty.
struct ToldRow {
  std::string table;
  std::vector<std::string> values;
};
// All of them, in any order.
absl::StatusOr<std::vector<ToldRow>> ToldRows(Connection& connection, const Uuid& tenant);

// Where the rows of entries end, whatever the head says: one past the last position below
// `size`, and past the last of all.
struct Ends {
  bool has_negative = false;  // A row stands before position 0.
  std::uint64_t before = 0, all = 0;
  std::uint64_t heads = 0, checkpoints = 0;  // Rows of this ledger.
};
absl::StatusOr<Ends> ReadEnds(Connection& connection, const Uuid& tenant, std::uint64_t size);

// All rows of persons, and the handles of all data keys.
struct PersonHandle {
  Bytes lookup;
  std::string handle;
};
absl::StatusOr<std::vector<PersonHandle>> PersonHandles(Connection& connection, const Uuid& tenant);
absl::StatusOr<std::vector<std::string>> DataKeyHandles(Connection& connection, const Uuid& tenant);

// Whole rows in bulk, for verification: COPY … BINARY on a connection of its own, a page of
// positions under one snapshot.
struct StoredEntry {
  std::uint64_t position = 0;
  std::optional<Uuid> leaf_id, request_id, decision_id, closes_id, epoch;
  std::optional<std::int64_t> verdict, seq;
  std::optional<absl::Time> expire_time, due_time;
  BytesView leaf_hash, chain_hash, leaf;  // Valid during the call only.
};
absl::Status StreamEntries(const Address& address, const Uuid& tenant, std::uint64_t first,
                           std::uint64_t end, absl::FunctionRef<absl::Status(const StoredEntry&)> take);
// Leaves alone. Errors, besides: as `take`.
absl::Status StreamLeaves(const Address& address, const Uuid& tenant, std::uint64_t first, std::uint64_t end,
                          absl::FunctionRef<absl::Status(std::uint64_t position, std::string_view leaf)> take);
struct StoredTile {
  int level = 0;
  std::uint64_t index = 0;
  BytesView hashes, root;  // Valid during the call only.
};
absl::Status StreamTiles(const Address& address, const Uuid& tenant,
                         absl::FunctionRef<absl::Status(const StoredTile&)> take);
struct StoredSections {
  std::uint64_t position = 0;
  BytesView handle, sections;              // Valid during the call only.
  std::optional<BytesView> fingerprint;
  std::optional<WrappedKey> key;  // Of data_keys; generation 0 where its columns cannot be a key's.
};
absl::Status StreamSealed(const Address& address, const Uuid& tenant, std::uint64_t first,
                          std::uint64_t end, absl::FunctionRef<absl::Status(const StoredSections&)> take);

}  // namespace candor::store
