#include "services/rpc/ledger_service.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/tile.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/page.h"
#include "services/rpc/proofs.h"
#include "services/vault/evidence.h"

namespace candor::rpc {
namespace {

constexpr int kUsualLeaves = 100;
constexpr std::size_t kPositionBytes = 8;
constexpr std::size_t kMostPageBytes = 2 * 1024 * 1024;

// A component that is nothing else sees what it recorded itself, and no other leaf.
bool IsOwn(const domain::Caller& caller, const std::string& bytes) {
  if (caller.roles != domain::Bit(domain::Role::kComponent)) return true;
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(bytes);
  return leaf.ok() && leaf->caller_kind == caller.kind && leaf->caller_id == caller.code;
}

void ToWire(const vault::ProvedErased& erased, v1::ErasedSection& out) {
  out.set_section(erased.section);
  out.set_erasure_position(erased.erasure);
  out.set_k(std::string(AsText(erased.k.view())));
  out.set_index(erased.proof.index);
  for (const Digest& hash : erased.proof.path) out.add_path(std::string(AsText(hash.view())));
}

}  // namespace

LedgerService::LedgerService(Door& door, ledger::Ledgers& ledgers, store::Pool& readers,
                             store::Pool& writers)
    : WireService(door, *v1::GetReceiptRequest::descriptor()->file()),
      ledgers_(ledgers),
      readers_(readers),
      writers_(writers),
      watch_(ledgers, readers, writers) {
  Serve(&LedgerService::GetCheckpoint);
  Serve(&LedgerService::GetReceipt);
  Serve(&LedgerService::GetInclusion);
  Serve(&LedgerService::GetConsistency);
  Serve(&LedgerService::GetTile);
  Serve(&LedgerService::GetEntryBundle);
  Serve(&LedgerService::ListLeaves);
  ServeKeeping(&LedgerService::WatchCheckpoints);
}

absl::Status LedgerService::GetCheckpoint(const domain::Caller& caller,
                                          const v1::GetCheckpointRequest& request,
                                          v1::GetCheckpointResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  store::Pool::Lease connection = readers_.Borrow();
  std::string note = ledger->newest().note;
  if (request.kind() == v1::CHECKPOINT_KIND_PUBLISHED || note.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const store::PublishedCheckpoint published,
                            store::ReadCheckpoint(*connection, ledger->tenant()));
    note = published.note;
  }
  for (const core::VerifierKey& key : ledger->verifier_keys()) {
    if (core::OpenCheckpoint(note, {key}).ok()) response.set_vkey(key.ToText());
  }
  return FillCheckpoint(*connection, *ledger, note, *response.mutable_checkpoint());
}

void LedgerService::WatchCheckpoints(const v1::WatchCheckpointsRequest& request, Listener listener) {
  watch_.Add({.caller = std::move(listener.caller), .published = request.kind() == v1::CHECKPOINT_KIND_PUBLISHED,
              .say = std::move(listener.say), .reply = std::move(listener.reply), .may = std::move(listener.may)});
}

absl::Status LedgerService::GetReceipt(const domain::Caller& caller,
                                       const v1::GetReceiptRequest& request,
                                       v1::GetReceiptResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  store::Pool::Lease connection = readers_.Borrow();
  absl::StatusOr<store::StoredLeaf> leaf =
      BadField("entry", "one of position, request_id and leaf_id is required");
  if (request.entry_case() == v1::GetReceiptRequest::kPosition) {
    leaf = store::LeafAt(*connection, ledger->tenant(), request.position());
  } else if (request.entry_case() != v1::GetReceiptRequest::ENTRY_NOT_SET) {
    const bool by_request = request.entry_case() == v1::GetReceiptRequest::kRequestId;
    const auto id = Uuid::FromText(by_request ? request.request_id() : request.leaf_id());
    if (!id)
      return BadField(by_request ? "request_id" : "leaf_id",
                      "must be a UUID, lower case, 36 characters");
    leaf = by_request ? store::LeafOfRequest(*connection, ledger->tenant(), *id)
                      : store::LeafOfId(*connection, ledger->tenant(), *id);
  }
  CANDOR_RETURN_IF_ERROR(leaf.status());
  if (!IsOwn(caller, leaf->leaf)) return Because(absl::NotFoundError("no such leaf"), "NOT_FOUND");
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, ReceiptOf(*ledger, writers_, *std::move(leaf)));
  CANDOR_ASSIGN_OR_RETURN(const auto erased, vault::ErasedOf(*connection, ledger->keyring(), ledger->tenant(),
                                                             ledger->origin(), receipt.position));
  for (const vault::ProvedErased& one : erased) {
    if (!one.section.empty()) ToWire(one, *response.add_erased());
  }
  ToWire(std::move(receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status LedgerService::GetInclusion(const domain::Caller& caller,
                                         const v1::GetInclusionRequest& request,
                                         v1::GetInclusionResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  const std::uint64_t least =
      std::max(request.position(), request.tree_size() == 0 ? 0 : request.tree_size() - 1);
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, writers_, least));
  const std::uint64_t size = request.tree_size() == 0 ? checkpoint.size : request.tree_size();
  if (request.position() >= size) return BadField("position", "must be below tree_size");
  store::Pool::Lease connection = readers_.Borrow();
  ledger::Prover prover(*connection, ledger->tenant(), size);
  CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Inclusion(request.position()));
  CANDOR_ASSIGN_OR_RETURN(const auto leaf,
                          store::LeafAt(*connection, ledger->tenant(), request.position()));
  response.set_tree_size(size);
  response.set_leaf_hash(std::string(AsText(core::HashLeaf(AsBytes(leaf.leaf)).view())));
  for (const Digest& hash : path) response.add_hashes(std::string(AsText(hash.view())));
  return absl::OkStatus();
}

absl::Status LedgerService::GetConsistency(const domain::Caller& caller,
                                           const v1::GetConsistencyRequest& request,
                                           v1::GetConsistencyResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  if (request.first_size() == 0)
    return BadField("first_size", "is at least 1: every tree continues the empty one");
  const std::uint64_t least = std::max(request.first_size(), request.second_size()) - 1;
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, writers_, least));
  const std::uint64_t size = request.second_size() == 0 ? checkpoint.size : request.second_size();
  if (request.first_size() > size) return BadField("first_size", "must be at most second_size");
  response.set_second_size(size);
  store::Pool::Lease connection = readers_.Borrow();
  ledger::Prover prover(*connection, ledger->tenant(), size);
  CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Consistency(request.first_size()));
  for (const Digest& hash : path) response.add_hashes(std::string(AsText(hash.view())));
  return absl::OkStatus();
}

absl::Status LedgerService::GetTile(const domain::Caller& caller, const v1::GetTileRequest& request,
                                    v1::GetTileResponse& response) {
  if (request.level() > 7) return BadField("level", "is at most 7");
  if (request.width() > 256) return BadField("width", "is at most 256");
  if (request.index() >= std::uint64_t{1} << 48) return BadField("index", "is below 2^48");
  const int width = request.width() == 0 ? 256 : static_cast<int>(request.width());
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  const std::uint64_t last_entry = request.index() * 256 + static_cast<std::uint64_t>(width) - 1;
  const int shift = static_cast<int>(8 * request.level());
  if (shift > 0 && last_entry >= std::uint64_t{1} << (63 - shift)) return Beyond();
  const std::uint64_t last_leaf = ((last_entry + 1) << shift) - 1;
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, writers_, last_leaf));
  store::Pool::Lease connection = readers_.Borrow();
  ledger::Prover prover(*connection, ledger->tenant(), checkpoint.size);
  CANDOR_ASSIGN_OR_RETURN(const auto hashes,
                          prover.Tile(static_cast<int>(request.level()), request.index(), width));
  for (const Digest& hash : hashes) response.mutable_tile()->append(AsText(hash.view()));
  return absl::OkStatus();
}

absl::Status LedgerService::GetEntryBundle(const domain::Caller& caller,
                                           const v1::GetEntryBundleRequest& request,
                                           v1::GetEntryBundleResponse& response) {
  if (request.width() > 256) return BadField("width", "is at most 256");
  if (request.index() >= std::uint64_t{1} << 48) return BadField("index", "is below 2^48");
  const int width = request.width() == 0 ? 256 : static_cast<int>(request.width());
  const std::uint64_t first = request.index() * 256,
                      end = first + static_cast<std::uint64_t>(width);
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_RETURN_IF_ERROR(SignedAbove(*ledger, writers_, end - 1).status());
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto leaves,
                          store::Leaves(*connection, ledger->tenant(), first, end, width));
  for (const store::StoredLeaf& leaf : leaves) {
    AppendBigEndian16(static_cast<std::uint16_t>(leaf.leaf.size()), *response.mutable_bundle());
    response.mutable_bundle()->append(leaf.leaf);
  }
  return absl::OkStatus();
}

absl::StatusOr<LedgerService::Listing> LedgerService::ListingOf(
    ledger::Ledger& ledger, const v1::ListLeavesRequest& request) {
  Listing listing{.next = request.first_position(), .note = {}, .end = request.end_position()};
  if (request.page_token().empty()) {
    CANDOR_ASSIGN_OR_RETURN(ledger::Signed newest, SignedAbove(ledger, writers_, 0));
    listing.note = std::move(newest.note);
  } else {
    const auto token = FromHex(request.page_token());
    if (!token || token->size() <= kPositionBytes) return BadPageToken();
    listing.next = 0;
    for (std::size_t i = 0; i < kPositionBytes; ++i) listing.next = listing.next << 8 | (*token)[i];
    listing.note = AsText(BytesView(*token).subspan(kPositionBytes));
  }
  const auto checkpoint = core::OpenCheckpoint(listing.note, ledger.verifier_keys());
  if (!checkpoint.ok() || checkpoint->origin != ledger.origin()) return BadPageToken();
  if (listing.end == 0 || listing.end > checkpoint->size) listing.end = checkpoint->size;
  const bool goes_on = listing.next > request.first_position() && listing.next < listing.end;
  if (!request.page_token().empty() && !goes_on) return BadPageToken();
  return listing;
}

absl::Status LedgerService::ListLeaves(const domain::Caller& caller,
                                       const v1::ListLeavesRequest& request,
                                       v1::ListLeavesResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(Listing listing, ListingOf(*ledger, request));
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_RETURN_IF_ERROR(
      FillCheckpoint(*connection, *ledger, listing.note, *response.mutable_checkpoint()));
  CANDOR_ASSIGN_OR_RETURN(const auto leaves,
                          store::Leaves(*connection, ledger->tenant(), listing.next, listing.end,
                                        PageSize(request.page_size(), kUsualLeaves)));
  std::size_t bytes = 0;
  const std::string wanted = "\"type\":\"" + request.type() + "\",\"v\":1}";
  for (const store::StoredLeaf& leaf : leaves) {
    if (bytes > kMostPageBytes) break;
    listing.next = leaf.position + 1;
    // The type is the last member but one of the canonical bytes.
    if (!request.type().empty() && !std::string_view(leaf.leaf).ends_with(wanted)) continue;
    bytes += leaf.leaf.size();
    v1::Leaf& out = *response.add_leaves();
    out.set_position(leaf.position);
    out.set_leaf(leaf.leaf);
  }
  if (listing.next < listing.end && !leaves.empty()) {
    std::string token;
    AppendBigEndian64(listing.next, token);
    response.set_next_page_token(ToHex(AsBytes(token + listing.note)));
  }
  return absl::OkStatus();
}

}  // namespace candor::rpc
