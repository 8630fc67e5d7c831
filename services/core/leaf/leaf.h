// The leaf: the canonical bytes of one thing that happened, and back.
//
// Pure functions over values; any thread may call.
// Source: ledger format, sections 2 and 10. Frozen by leaf_chain_tree.json.
//
// Example, the smallest leaf there is:
//   {"caller":{"kind":"human"},"id":"019e…","ledger":"candor.example/a","request":"66ad…",
//    "time":"2026-05-28T20:26:40.000000Z","type":"review","v":1}     (in one line)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/base/digest.h"
#include "services/base/id.h"
#include "services/core/json/json.h"

namespace candor::core {

struct LeafParts;

// The member `producer`: one running AI component that counts what it sends.
struct Producer {
  std::string id;
  Uuid epoch;             // Version 4 or 7.
  std::uint64_t seq = 0;  // From 1 to 2^53 - 1.

  bool operator==(const Producer&) const = default;
};

// One leaf as a value.
struct Leaf {
  std::optional<Uuid> amends{};      // Id of the leaf that this one corrects.
  std::string caller_id{};           // A code or id; empty for the kind human, and only then.
  std::string caller_kind{};         // component, service or human.
  std::optional<Uuid> decision{};    // Version 7.
  Json facts = Json::Object();       // Empty: the member is left out.
  Uuid id{};                         // Version 7.
  std::string ledger{};              // The origin.
  std::vector<std::string> marks{};  // Codes, sorted, none twice; empty: left out.
  std::optional<Producer> producer{};
  Uuid request{};  // Version 4 or 7 from a caller, 8 if derived.
  std::vector<std::pair<std::string, Digest>>
      sections{};     // Name, commitment; any order; none twice.
  absl::Time time{};  // Whole microseconds.
  std::string type{};

  bool operator==(const Leaf&) const = default;
};

// The canonical bytes.
//
// Errors: kInvalidArgument, naming the member, for what the format refuses: a size
// above 65,535 bytes, a depth above 8, a name, code, id or time of another form.
absl::StatusOr<std::string> EncodeLeaf(const Leaf& leaf);

// Reads exactly what EncodeLeaf can write; sections and marks come sorted.
//
// Errors: kInvalidArgument with what is malformed. Such bytes may still be what was
// hashed: a verifier reports `malformed` apart from `intact`.
absl::StatusOr<Leaf> ParseLeaf(std::string_view bytes);

// Whether EncodeLeaf would take it, but for its size. Errors as for EncodeLeaf.
absl::Status CheckLeaf(const Leaf& leaf);

// A leaf whose time and marks are not known yet: encoded before the head lock is taken,
// finished under it by joining texts. Immutable, cheap to copy; any thread may call.
class UnfinishedLeaf {
 public:
  // Room that is kept for the member `marks`, all of it.
  static constexpr std::size_t kMarksRoom = 256;

  // Takes everything of `leaf` but `time` and `marks`. Errors as for EncodeLeaf; the
  // size is that with all the room for marks.
  static absl::StatusOr<UnfinishedLeaf> Make(const Leaf& leaf);

  // The bytes that EncodeLeaf gives for the same leaf with this time and these marks.
  // Aborts unless the marks are sorted codes that fit kMarksRoom.
  std::string Finish(absl::Time time, const std::vector<std::string>& sorted_marks) const;

  // No result of Finish is longer; never above 65,535.
  std::size_t size_bound() const;

  const Uuid& id() const { return id_; }
  const Uuid& request() const { return request_; }

 private:
  UnfinishedLeaf(LeafParts parts, const Leaf& leaf);

  std::shared_ptr<const LeafParts> parts_;
  Uuid id_;
  Uuid request_;
};

// The request id of a leaf of `type` that the server makes by itself after the leaf
// `after_leaf`: two processes make the same one, so it can't be written twice.
Uuid DerivedRequest(std::string_view type, const Uuid& after_leaf);

}  // namespace candor::core
