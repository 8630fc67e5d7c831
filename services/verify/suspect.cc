#include "services/verify/suspect.h"

#include "absl/strings/str_cat.h"
#include "services/core/chain/chain.h"
#include "services/core/tlog/tile.h"

namespace candor::verify {
namespace {

constexpr const char* kEntries = "entries";

std::string AltogetherReplaced(const Suspect& suspect) {
  if (!suspect.elsewhere) return "was replaced, and leaf_hash with it: tile and chain hold another";
  return absl::StrCat("is the leaf of position ", *suspect.elsewhere);
}

}  // namespace

std::optional<Digest> Diagnosis::CorrectedAt(std::uint64_t position) const {
  return position == corrected_position_ ? corrected_ : std::nullopt;
}

bool Diagnosis::LinksWith(const Suspect& suspect, const Digest& leaf_hash) const {
  return suspect.before && suspect.link.chain &&
         core::ChainNext(*suspect.before, leaf_hash) == *suspect.link.chain;
}

bool Diagnosis::NextContinues(const Suspect& suspect, const Digest& chain) const {
  if (suspect.end) return chain == *suspect.end;
  return suspect.next && suspect.next->chain &&
         core::ChainNext(chain, suspect.next->leaf_hash) == *suspect.next->chain;
}

void Diagnosis::Blame(const Suspect& suspect, const char* column, std::string what) {
  findings_.Add(
      {.table = kEntries, .position = suspect.position, .column = column, .what = std::move(what)});
}

void Diagnosis::BlameLeaf(std::uint64_t position, std::string what) {
  altered_.insert(position);
  tree_is_explained_ = true;
  findings_.Add(
      {.table = kEntries, .position = position, .column = "leaf", .what = std::move(what)});
}

void Diagnosis::Correct(std::uint64_t position, const Digest& chain) {
  corrected_position_ = position;
  corrected_ = chain;
}

void Diagnosis::Take(Suspect suspect) {
  if (swapped_with_before_ == suspect.position) return;
  if (suspect.position > 0) {
    if (const auto corrected = CorrectedAt(suspect.position - 1)) suspect.before = corrected;
  }
  if (suspect.column) {
    TakeDifferentColumn(suspect);
  } else if (suspect.tile && *suspect.tile != suspect.link.leaf_hash) {
    TakeDifferentTile(suspect);
  } else if (suspect.before && suspect.link.chain && !LinksWith(suspect, suspect.link.leaf_hash)) {
    TakeBrokenLink(suspect);
  }
  if (IsAltered(suspect.position)) return;
  for (Finding& finding : suspect.unless_altered) findings_.Add(std::move(finding));
}

// The bytes and the column leaf_hash differ: whom do the others agree with?
void Diagnosis::TakeDifferentColumn(const Suspect& suspect) {
  const Digest& bytes = suspect.link.leaf_hash;
  const Digest& column = *suspect.column;
  const bool for_bytes = (suspect.tile && *suspect.tile == bytes) || LinksWith(suspect, bytes);
  const bool for_column = (suspect.tile && *suspect.tile == column) || LinksWith(suspect, column);
  if (for_bytes && !for_column) return Blame(suspect, "leaf_hash", "is not the hash of the leaf");
  if (for_column && !for_bytes)
    return BlameLeaf(suspect.position, "is not what leaf_hash and chain hold");
  BlameLeaf(suspect.position,
            "and leaf_hash differ, and nothing else agrees with one of them alone");
  Blame(suspect, "leaf_hash", "and leaf differ, and nothing else agrees with one of them alone");
  if (suspect.before) Correct(suspect.position, core::ChainNext(*suspect.before, column));
}

// The row agrees with itself, but the tile holds another leaf.
void Diagnosis::TakeDifferentTile(const Suspect& suspect) {
  const Digest& bytes = suspect.link.leaf_hash;
  const bool chain_is_known = suspect.before && suspect.link.chain;
  const bool next_wants_bytes =
      suspect.before && NextContinues(suspect, core::ChainNext(*suspect.before, bytes));
  if (LinksWith(suspect, bytes) || next_wants_bytes) {
    const std::uint64_t tile = suspect.position / core::kTileWidth;
    findings_.Add({.table = "tiles",
                   .position = tile,
                   .column = "hashes",
                   .what = absl::StrCat("level 0: the hash of leaf ", suspect.position,
                                        " is not that of the leaf")});
    if (chain_is_known && !LinksWith(suspect, bytes)) TakeBrokenLink(suspect);
    return;
  }
  if (chain_is_known && TakeSwap(suspect)) return;
  BlameLeaf(suspect.position, AltogetherReplaced(suspect));
  if (!chain_is_known || LinksWith(suspect, *suspect.tile)) return;
  Blame(suspect, "chain_hash", "does not link the leaf that the tile holds");
  Correct(suspect.position, core::ChainNext(*suspect.before, *suspect.tile));
}

// Whole rows, or all but chain_hash, of two neighbours stand in each other's place.
bool Diagnosis::TakeSwap(const Suspect& suspect) {
  if (!suspect.next || !suspect.next->chain) return false;
  const Digest first = core::ChainNext(*suspect.before, suspect.next->leaf_hash);
  const Digest second = core::ChainNext(first, suspect.link.leaf_hash);
  const bool whole = first == *suspect.next->chain && second == *suspect.link.chain;
  const bool without_chain = first == *suspect.link.chain && second == *suspect.next->chain;
  if (!whole && !without_chain) return false;
  const std::uint64_t next = suspect.position + 1;
  BlameLeaf(suspect.position, absl::StrCat("is the leaf of position ", next));
  BlameLeaf(next, absl::StrCat("is the leaf of position ", suspect.position));
  swapped_with_before_ = next;
  Correct(next, second);
  return true;
}

// The bytes agree with leaf_hash, and with the tile if there is one, but not with the link.
void Diagnosis::TakeBrokenLink(const Suspect& suspect) {
  const Digest right = core::ChainNext(*suspect.before, suspect.link.leaf_hash);
  if (!suspect.tile && TakeSwap(suspect)) return;
  if (!suspect.tile && *suspect.link.chain == *suspect.before) {
    tree_is_explained_ = true;
    return Blame(suspect, "", "is the row before it once more");
  }
  if (suspect.tile || NextContinues(suspect, right)) {
    Blame(suspect, "chain_hash", "does not link this row to the one before");
    return Correct(suspect.position, right);
  }
  if (NextContinues(suspect, *suspect.link.chain)) {
    return BlameLeaf(suspect.position,
                     "was replaced, and leaf_hash with it, or rows before it are missing: the "
                     "chain goes on from another leaf");
  }
  Blame(suspect, "chain_hash", "does not link this row to the one before");
  Correct(suspect.position, right);
}

}  // namespace candor::verify
