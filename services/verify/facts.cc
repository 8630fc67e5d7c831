#include "services/verify/facts.h"

#include <algorithm>
#include <iterator>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/core/text/grammar.h"

namespace candor::verify {
namespace {

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(what);
}

bool HasText(const core::Json& facts, std::string_view name, std::string_view text) {
  const std::string* found = facts.FindString(name);
  return found != nullptr && *found == text;
}

absl::StatusOr<core::VerifierKey> ReadKey(const std::string* text) {
  if (text == nullptr) return Malformed("facts: a key is missing");
  absl::StatusOr<core::VerifierKey> key = core::VerifierKey::Parse(*text);
  if (!key.ok()) return Malformed("facts: a key is none");
  return key;
}

absl::StatusOr<Facts> ReadLedger(const core::Leaf& leaf) {
  const std::int64_t* format = leaf.facts.FindInteger("format");
  if (format == nullptr || *format != 1) return Malformed("facts: the format is not 1");
  if (!HasText(leaf.facts, "hash", "sha256")) return Malformed("facts: the hash is not sha256");
  if (!HasText(leaf.facts, "origin", leaf.ledger)) return Malformed("facts: another origin");
  const core::Json* keys = leaf.facts.Find("vkeys");
  if (keys == nullptr || !keys->is_array() || keys->items().empty())
    return Malformed("facts: no keys");
  const core::Json* stamps = leaf.facts.Find("timestamps");
  if (stamps == nullptr || !stamps->is_object() || stamps->FindString("policy") == nullptr)
    return Malformed("facts: no policy of time stamps");
  Facts facts;
  absl::StatusOr<std::optional<core::Checkpoint>> predecessor = core::PredecessorIn(leaf.facts);
  if (!predecessor.ok()) return Malformed("facts: the predecessor is no origin with a root and a size");
  facts.succession.predecessor = *std::move(predecessor);
  for (const core::Json& text : keys->items()) {
    CANDOR_ASSIGN_OR_RETURN(core::VerifierKey key,
                            ReadKey(text.is_string() ? &text.string() : nullptr));
    facts.keys.push_back({.announced = true, .key = std::move(key)});
  }
  return facts;
}

absl::StatusOr<Facts> ReadKeyChange(const core::Leaf& leaf, std::uint64_t position) {
  KeyChange change{.position = position};
  change.announced = HasText(leaf.facts, "change", "announced");
  if (!change.announced && !HasText(leaf.facts, "change", "retired")) {
    return Malformed("facts: a key is neither announced nor retired");
  }
  const std::int64_t* from = leaf.facts.FindInteger("from");
  if (from == nullptr || *from < 0) return Malformed("facts: no size from which it holds");
  change.from = static_cast<std::uint64_t>(*from);
  change.compromised = HasText(leaf.facts, "reason", "compromised");
  if (leaf.facts.Find("reason") != nullptr && !change.compromised &&
      !HasText(leaf.facts, "reason", "rotated")) {
    return Malformed("facts: the reason for a key is none");
  }
  CANDOR_ASSIGN_OR_RETURN(change.key, ReadKey(leaf.facts.FindString("vkey")));
  if (const std::string* handover = leaf.facts.FindString("handover")) change.handover = *handover;
  const bool log = change.key.name == leaf.ledger;
  const bool bundle = change.key.name == leaf.ledger + "/bundle";
  const bool other_purpose = leaf.facts.Find("purpose") != nullptr &&
                             !HasText(leaf.facts, "purpose", log ? "log" : "bundle");
  if ((!log && !bundle) || other_purpose) return Malformed("facts: a key for another purpose");
  return Facts{.keys = {std::move(change)}};
}

absl::StatusOr<Facts> ReadErasure(const core::Leaf& leaf) {
  const std::int64_t* items = leaf.facts.FindInteger("items");
  const std::string* root = leaf.facts.FindString("root");
  const std::optional<Digest> digest = root != nullptr ? Digest::FromBase64(*root) : std::nullopt;
  if (items == nullptr || *items < 0 || !digest) return Malformed("facts: no items, or no root");
  return Facts{
      .erasure = core::ErasureFacts{.items = static_cast<std::uint64_t>(*items), .root = *digest}};
}

bool HasDigest(const core::Json& facts, std::string_view name) {
  const std::string* text = facts.FindString(name);
  return text != nullptr && Digest::FromBase64(*text);
}

absl::StatusOr<Facts> ReadAnchor(const core::Leaf& leaf) {
  const std::int64_t* size = leaf.facts.FindInteger("size");
  if (size == nullptr || *size < 0 || !HasDigest(leaf.facts, "root"))
    return Malformed("facts: no size, or no root");
  if (leaf.facts.Find("token_digest") != nullptr && !HasDigest(leaf.facts, "token_digest"))
    return Malformed("facts: token_digest is none");
  const core::Json* cosigners = leaf.facts.Find("cosigners");
  const auto is_name = [](const core::Json& name) { return name.is_string(); };
  if (cosigners == nullptr || !cosigners->is_array() ||
      !std::all_of(cosigners->items().begin(), cosigners->items().end(), is_name))
    return Malformed("facts: no cosigners");
  return Facts{};
}

// Its range is read by ReadMissing.
absl::StatusOr<Facts> ReadGap(const core::Leaf& leaf) {
  const std::string* producer = leaf.facts.FindString("producer");
  const std::string* epoch = leaf.facts.FindString("epoch");
  const int version = epoch != nullptr ? Uuid::FromText(*epoch).value_or(Uuid()).version() : 0;
  if (producer == nullptr || !core::IsCodeOrId(*producer)) return Malformed("facts: no producer");
  if (version != 4 && version != 7) return Malformed("facts: no epoch");
  const core::Json* ranges = leaf.facts.Find("missing");
  if (ranges != nullptr && ranges->is_array() && ranges->items().size() > 1)
    return Malformed("facts: more than one missing range");
  return Facts{};
}

absl::StatusOr<Facts> ReadClose(const core::Leaf& leaf) {
  const std::string* successor = leaf.facts.FindString("successor");
  if (successor == nullptr || !core::IsOrigin(*successor)) return Malformed("facts: no successor");
  return Facts{.succession = {.successor = *successor}};
}

std::optional<absl::Time> FindTime(const core::Json& facts, std::string_view name) {
  const std::string* text = facts.FindString(name);
  return text != nullptr ? FromRfc3339(*text) : std::nullopt;
}

std::optional<int> FindVerdict(const core::Json& facts) {
  constexpr std::string_view kVerdicts[] = {"allow", "transform", "escalate", "deny"};
  const std::string* text = facts.FindString("verdict");
  if (text == nullptr) return std::nullopt;
  const auto at = std::find(std::begin(kVerdicts), std::end(kVerdicts), *text);
  if (at == std::end(kVerdicts)) return std::nullopt;
  return static_cast<int>(at - std::begin(kVerdicts)) + 1;
}

}  // namespace

absl::StatusOr<Facts> ReadFacts(const core::Leaf& leaf, std::uint64_t position) {
  if ((leaf.type == "ledger") != (position == 0)) {
    return Malformed("type: exactly leaf 0 is of type ledger");
  }
  if (position == 0) return ReadLedger(leaf);
  if (leaf.type == "key") return ReadKeyChange(leaf, position);
  if (leaf.type == "erasure" || leaf.type == "expiry") return ReadErasure(leaf);
  if (leaf.type == "anchor") return ReadAnchor(leaf);
  if (leaf.type == "gap") return ReadGap(leaf);
  if (leaf.type == "close") return ReadClose(leaf);
  return Facts{};
}

absl::StatusOr<NamedMissing> ReadMissing(const core::Leaf& leaf) {
  if (leaf.type == "outcome_missing") return NamedMissing{.outcomes = 1};
  if (leaf.type != "gap") return NamedMissing{};
  NamedMissing named;
  const core::Json* ranges = leaf.facts.Find("missing");
  if (ranges == nullptr || !ranges->is_array() || ranges->items().empty()) return Malformed("missing: is no list");
  for (const core::Json& range : ranges->items()) {
    const core::Json* first = range.is_object() ? range.Find("first") : nullptr;
    const core::Json* last = range.is_object() ? range.Find("last") : nullptr;
    const bool whole = first != nullptr && last != nullptr && first->is_int() && last->is_int() &&
                       first->integer() >= 1 && last->integer() >= first->integer();
    if (!whole) return Malformed("missing: holds no range");
    named.calls += static_cast<std::uint64_t>(last->integer() - first->integer()) + 1;
  }
  return named;
}

RepeatedFacts ReadRepeatedFacts(const core::Leaf& leaf) {
  RepeatedFacts facts;
  // An outcome or a cancellation closes the authorization it names, unless it is marked:
  // then it had no right to.
  const bool ends = leaf.type == "outcome" || leaf.type == "cancellation";
  const bool marked =
      std::find(leaf.marks.begin(), leaf.marks.end(), "unauthorized") != leaf.marks.end();
  const std::string* authorization = leaf.facts.FindString("authorization");
  if (ends && !marked && authorization != nullptr) facts.closes = Uuid::FromText(*authorization);
  if (leaf.type != "authorization") return facts;
  facts.verdict = FindVerdict(leaf.facts);
  facts.expires = FindTime(leaf.facts, "expires");
  facts.outcome_due = FindTime(leaf.facts, "outcome_due");
  return facts;
}

std::vector<core::VerifierKey> AllowedAt(std::uint64_t size,
                                         const std::vector<core::VerifierKey>& keys,
                                         const std::vector<KeyChange>& changes) {
  const auto allowed = [&](const core::VerifierKey& key) {
    bool announced = false;
    for (const KeyChange& change : changes) {
      if (change.key != key) continue;
      if (change.compromised) return false;
      const bool of_leaf_0 = change.position == 0;
      const bool holds = of_leaf_0 || (change.position < size && change.from <= size);
      if (holds && !change.announced) return false;
      announced = announced || (holds && change.announced);
    }
    return announced;
  };
  std::vector<core::VerifierKey> found;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(found), allowed);
  return found;
}

}  // namespace candor::verify
