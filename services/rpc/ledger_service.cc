#include "services/rpc/ledger_service.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"
#include "services/core/tlog/tile.h"
#include "services/rpc/convert/answer.h"

namespace candor::rpc {
namespace {

constexpr int kDefaultPage = 100, kMostPage = 1000;
constexpr std::size_t kMostPageBytes = 2 * 1024 * 1024;

absl::Status Beyond() {
  return Because(absl::NotFoundError("beyond the highest signed size: ask for less, or repeat later"), "NOT_FOUND");
}

// A component that is nothing else sees what it recorded itself, and no other leaf.
bool IsOwn(const domain::Caller& caller, const std::string& bytes) {
  if (caller.roles != std::uint32_t{1} << static_cast<int>(domain::Role::kComponent)) return true;
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(bytes);
  return leaf.ok() && leaf->caller_kind == caller.kind && leaf->caller_id == caller.code;
}

absl::Status FillCheckpoint(store::Connection& connection, const ledger::Ledger& ledger,
                            const std::string& note, v1::Checkpoint& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Checkpoint checkpoint,
                          core::OpenCheckpoint(note, {ledger.verifier_key()}));
  out.set_origin(checkpoint.origin);
  out.set_size(checkpoint.size);
  out.set_root(std::string(AsText(checkpoint.root.view())));
  out.set_note(note);
  if (checkpoint.size == 0) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf last,
                          store::LeafAt(connection, ledger.tenant(), checkpoint.size - 1));
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(last.leaf);
  if (leaf.ok()) *out.mutable_leaf_time() = ToWire(leaf->time);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ledger::Signed> LedgerService::SignedAbove(ledger::Ledger& ledger, std::uint64_t position) {
  ledger::Signed newest = ledger.newest();
  if (newest.size > position && !newest.note.empty()) return newest;
  // Another process may have appended: sign what is there now.
  store::Pool::Lease connection = writers_.Borrow();
  const absl::StatusOr<ledger::Signed> head = ledger.SignHead(*connection);
  if (!head.ok() && ledger::IsReadOnly(head.status())) {
    // What was published before still stands.
    CANDOR_ASSIGN_OR_RETURN(const store::PublishedCheckpoint published,
                            store::ReadCheckpoint(*connection, ledger.tenant()));
    if (published.size <= position) return Beyond();
    return ledger::Signed{.size = published.size, .note = published.note};
  }
  CANDOR_RETURN_IF_ERROR(head.status());
  if (head->size <= position) return Beyond();
  return *head;
}

grpc::Status LedgerService::GetCheckpoint(grpc::ServerContext* context,
                                          const v1::GetCheckpointRequest* request,
                                          v1::GetCheckpointResponse* response) {
  return door_.Enter(*context, "/candor.v1.LedgerService/GetCheckpoint", *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
    store::Pool::Lease connection = readers_.Borrow();
    std::string note = ledger->newest().note;
    if (request->kind() == v1::CHECKPOINT_KIND_PUBLISHED || note.empty()) {
      CANDOR_ASSIGN_OR_RETURN(const store::PublishedCheckpoint published,
                              store::ReadCheckpoint(*connection, ledger->tenant()));
      note = published.note;
    }
    response->set_vkey(ledger->verifier_key().ToText());
    return FillCheckpoint(*connection, *ledger, note, *response->mutable_checkpoint());
  });
}

grpc::Status LedgerService::GetReceipt(grpc::ServerContext* context, const v1::GetReceiptRequest* request,
                                       v1::GetReceiptResponse* response) {
  return door_.Enter(*context, "/candor.v1.LedgerService/GetReceipt", *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
    store::Pool::Lease connection = readers_.Borrow();
    absl::StatusOr<store::StoredLeaf> leaf = BadField("entry", "one of position, request_id and leaf_id is required");
    if (request->entry_case() == v1::GetReceiptRequest::kPosition) {
      leaf = store::LeafAt(*connection, ledger->tenant(), request->position());
    } else if (request->entry_case() != v1::GetReceiptRequest::ENTRY_NOT_SET) {
      const bool by_request = request->entry_case() == v1::GetReceiptRequest::kRequestId;
      const auto id = Uuid::FromText(by_request ? request->request_id() : request->leaf_id());
      if (!id) return BadField(by_request ? "request_id" : "leaf_id", "must be a UUID, lower case, 36 characters");
      leaf = by_request ? store::LeafOfRequest(*connection, ledger->tenant(), *id)
                        : store::LeafOfId(*connection, ledger->tenant(), *id);
    }
    CANDOR_RETURN_IF_ERROR(leaf.status());
    if (!IsOwn(caller, leaf->leaf)) return Because(absl::NotFoundError("no such leaf"), "NOT_FOUND");
    CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, leaf->position));
    ledger::Prover prover(*connection, ledger->tenant(), checkpoint.size);
    CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Inclusion(leaf->position));
    ToWire({.position = leaf->position, .leaf = leaf->leaf,
            .proof = core::ProofText(leaf->position, path, checkpoint.note)},
           *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::Status LedgerService::GetInclusion(grpc::ServerContext* context, const v1::GetInclusionRequest* request,
                                         v1::GetInclusionResponse* response) {
  return door_.Enter(*context, "/candor.v1.LedgerService/GetInclusion", *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
    const std::uint64_t least = std::max(request->position(), request->tree_size() == 0 ? 0 : request->tree_size() - 1);
    CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, least));
    const std::uint64_t size = request->tree_size() == 0 ? checkpoint.size : request->tree_size();
    if (request->position() >= size) return BadField("position", "must be below tree_size");
    store::Pool::Lease connection = readers_.Borrow();
    ledger::Prover prover(*connection, ledger->tenant(), size);
    CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Inclusion(request->position()));
    CANDOR_ASSIGN_OR_RETURN(const auto leaf, store::LeafAt(*connection, ledger->tenant(), request->position()));
    response->set_tree_size(size);
    response->set_leaf_hash(std::string(AsText(core::HashLeaf(AsBytes(leaf.leaf)).view())));
    for (const Digest& hash : path) response->add_hashes(std::string(AsText(hash.view())));
    return absl::OkStatus();
  });
}

grpc::Status LedgerService::GetConsistency(grpc::ServerContext* context,
                                           const v1::GetConsistencyRequest* request,
                                           v1::GetConsistencyResponse* response) {
  return door_.Enter(*context, "/candor.v1.LedgerService/GetConsistency", *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
    if (request->first_size() == 0) return BadField("first_size", "is at least 1: every tree continues the empty one");
    const std::uint64_t least = std::max(request->first_size(), request->second_size()) - 1;
    CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, least));
    const std::uint64_t size = request->second_size() == 0 ? checkpoint.size : request->second_size();
    if (request->first_size() > size) return BadField("first_size", "must be at most second_size");
    response->set_second_size(size);
    store::Pool::Lease connection = readers_.Borrow();
    ledger::Prover prover(*connection, ledger->tenant(), size);
    CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Consistency(request->first_size()));
    for (const Digest& hash : path) response->add_hashes(std::string(AsText(hash.view())));
    return absl::OkStatus();
  });
}

grpc::Status LedgerService::GetTile(grpc::ServerContext* context, const v1::GetTileRequest* request,
                                    v1::GetTileResponse* response) {
  return door_.Enter(*context, "/candor.v1.LedgerService/GetTile", *request, [&](const domain::Caller& caller) -> absl::Status {
    if (request->level() > 7) return BadField("level", "is at most 7");
    if (request->width() > 256) return BadField("width", "is at most 256");
    if (request->index() >= std::uint64_t{1} << 48) return BadField("index", "is below 2^48");
    const int width = request->width() == 0 ? 256 : static_cast<int>(request->width());
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
    const std::uint64_t last_entry = request->index() * 256 + static_cast<std::uint64_t>(width) - 1;
    const int shift = static_cast<int>(8 * request->level());
    if (shift > 0 && last_entry >= std::uint64_t{1} << (63 - shift)) return Beyond();
    const std::uint64_t last_leaf = ((last_entry + 1) << shift) - 1;
    CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, last_leaf));
    store::Pool::Lease connection = readers_.Borrow();
    ledger::Prover prover(*connection, ledger->tenant(), checkpoint.size);
    CANDOR_ASSIGN_OR_RETURN(const auto hashes, prover.Tile(static_cast<int>(request->level()), request->index(), width));
    for (const Digest& hash : hashes) response->mutable_tile()->append(AsText(hash.view()));
    return absl::OkStatus();
  });
}

grpc::Status LedgerService::GetEntryBundle(grpc::ServerContext* context,
                                           const v1::GetEntryBundleRequest* request,
                                           v1::GetEntryBundleResponse* response) {
  return door_.Enter(*context, "/candor.v1.LedgerService/GetEntryBundle", *request, [&](const domain::Caller& caller) -> absl::Status {
    if (request->width() > 256) return BadField("width", "is at most 256");
    if (request->index() >= std::uint64_t{1} << 48) return BadField("index", "is below 2^48");
    const int width = request->width() == 0 ? 256 : static_cast<int>(request->width());
    const std::uint64_t first = request->index() * 256, end = first + static_cast<std::uint64_t>(width);
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
    CANDOR_RETURN_IF_ERROR(SignedAbove(*ledger, end - 1).status());
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::Leaves(*connection, ledger->tenant(), first, end, width));
    for (const store::StoredLeaf& leaf : leaves) {
      AppendBigEndian16(static_cast<std::uint16_t>(leaf.leaf.size()), *response->mutable_bundle());
      response->mutable_bundle()->append(leaf.leaf);
    }
    return absl::OkStatus();
  });
}

grpc::Status LedgerService::ListLeaves(grpc::ServerContext* context, const v1::ListLeavesRequest* request,
                                       v1::ListLeavesResponse* response) {
  return door_.Enter(*context, "/candor.v1.LedgerService/ListLeaves", *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
    CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, 0));
    std::uint64_t first = request->first_position();
    if (!request->page_token().empty()) {
      const auto token = FromHex(request->page_token());
      if (!token || token->size() != 8) return BadField("page_token", "must be a token of an earlier page");
      first = 0;
      for (const std::uint8_t byte : *token) first = first << 8 | byte;
      if (first > std::uint64_t{1} << 62) return BadField("page_token", "must be a token of an earlier page");
    }
    const std::uint64_t asked_end = request->end_position() == 0 ? checkpoint.size : request->end_position();
    const std::uint64_t end = std::min(asked_end, checkpoint.size);
    const int size = request->page_size() == 0 ? kDefaultPage : std::min(request->page_size(), kMostPage);
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_RETURN_IF_ERROR(FillCheckpoint(*connection, *ledger, checkpoint.note, *response->mutable_checkpoint()));
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::Leaves(*connection, ledger->tenant(), first, end, size));
    std::uint64_t next = first;
    std::size_t bytes = 0;
    const std::string wanted = "\"type\":\"" + request->type() + "\",\"v\":1}";
    for (const store::StoredLeaf& leaf : leaves) {
      if (bytes > kMostPageBytes) break;
      next = leaf.position + 1;
      // The type is the last member but one of the canonical bytes.
      if (!request->type().empty() && !std::string_view(leaf.leaf).ends_with(wanted)) continue;
      bytes += leaf.leaf.size();
      v1::Leaf& out = *response->add_leaves();
      out.set_position(leaf.position);
      out.set_leaf(leaf.leaf);
    }
    if (next < end && !leaves.empty()) {
      std::string token;
      AppendBigEndian64(next, token);
      response->set_next_page_token(ToHex(AsBytes(token)));
    }
    return absl::OkStatus();
  });
}

}  // namespace candor::rpc
