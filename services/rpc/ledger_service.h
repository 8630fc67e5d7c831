// LedgerService: checkpoints, proofs, tiles and leaves. Only reads; plain functions.
#pragma once

#include "candor/v1/ledger_service.grpc.pb.h"
#include "services/ledger/ledgers.h"
#include "services/ledger/prover.h"
#include "services/rpc/door.h"

namespace candor::rpc {

class LedgerService final : public v1::LedgerService::Service {
 public:
  // All must outlive this. `writers` sign a head that this process has not signed yet.
  LedgerService(Door& door, ledger::Ledgers& ledgers, store::Pool& readers, store::Pool& writers)
      : door_(door), ledgers_(ledgers), readers_(readers), writers_(writers) {}

  grpc::Status GetCheckpoint(grpc::ServerContext* context, const v1::GetCheckpointRequest* request,
                             v1::GetCheckpointResponse* response) override;
  grpc::Status GetReceipt(grpc::ServerContext* context, const v1::GetReceiptRequest* request,
                          v1::GetReceiptResponse* response) override;
  grpc::Status GetInclusion(grpc::ServerContext* context, const v1::GetInclusionRequest* request,
                            v1::GetInclusionResponse* response) override;
  grpc::Status GetConsistency(grpc::ServerContext* context, const v1::GetConsistencyRequest* request,
                              v1::GetConsistencyResponse* response) override;
  grpc::Status GetTile(grpc::ServerContext* context, const v1::GetTileRequest* request,
                       v1::GetTileResponse* response) override;
  grpc::Status GetEntryBundle(grpc::ServerContext* context, const v1::GetEntryBundleRequest* request,
                              v1::GetEntryBundleResponse* response) override;
  grpc::Status ListLeaves(grpc::ServerContext* context, const v1::ListLeavesRequest* request,
                          v1::ListLeavesResponse* response) override;

 private:
  // The newest checkpoint, of a size above `position`. Nothing is served beyond it.
  absl::StatusOr<ledger::Signed> SignedAbove(ledger::Ledger& ledger, std::uint64_t position);

  Door& door_;
  ledger::Ledgers& ledgers_;
  store::Pool& readers_;
  store::Pool& writers_;
};

}  // namespace candor::rpc
