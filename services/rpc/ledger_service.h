// LedgerService: checkpoints, proofs, tiles and leaves. Only reads.
#pragma once

#include "candor/v1/ledger_service.pb.h"
#include "services/ledger/ledgers.h"
#include "services/ledger/prover.h"
#include "services/rpc/checkpoint_watch.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

class LedgerService final : public WireService {
 public:
  // All must outlive this. `writers` sign a head that this process has not signed yet.
  LedgerService(Door& door, ledger::Ledgers& ledgers, store::Pool& readers, store::Pool& writers);

  // Ends every watch.
  void Stop() { watch_.Stop(); }

 private:
  // Where a list goes on, and the checkpoint that all its pages lie under. A token is both:
  // signed by this ledger, so that nobody lists under a checkpoint of their own.
  struct Listing {
    std::uint64_t next;
    std::string note;
    std::uint64_t end;
  };
  absl::StatusOr<Listing> ListingOf(ledger::Ledger& ledger, const v1::ListLeavesRequest& request);

  absl::Status GetCheckpoint(const domain::Caller& caller, const v1::GetCheckpointRequest& request,
                             v1::GetCheckpointResponse& response);
  absl::Status GetReceipt(const domain::Caller& caller, const v1::GetReceiptRequest& request,
                          v1::GetReceiptResponse& response);
  absl::Status GetInclusion(const domain::Caller& caller, const v1::GetInclusionRequest& request,
                            v1::GetInclusionResponse& response);
  absl::Status GetConsistency(const domain::Caller& caller,
                              const v1::GetConsistencyRequest& request,
                              v1::GetConsistencyResponse& response);
  absl::Status GetTile(const domain::Caller& caller, const v1::GetTileRequest& request,
                       v1::GetTileResponse& response);
  absl::Status GetEntryBundle(const domain::Caller& caller,
                              const v1::GetEntryBundleRequest& request,
                              v1::GetEntryBundleResponse& response);
  absl::Status ListLeaves(const domain::Caller& caller, const v1::ListLeavesRequest& request,
                          v1::ListLeavesResponse& response);

  void WatchCheckpoints(const v1::WatchCheckpointsRequest& request, Listener listener);

  ledger::Ledgers& ledgers_;
  store::Pool& readers_;
  store::Pool& writers_;
  CheckpointWatch watch_;
};

}  // namespace candor::rpc
