// From what was recorded to the answers on the wire. An answer is read out of the leaf,
// so that a repetition gets the very same one.
//
// Pure functions; any thread may call.
#pragma once

#include <functional>

#include "candor/v1/decision_service.pb.h"
#include "candor/v1/receipt.pb.h"
#include "google/rpc/status.pb.h"
#include "services/ledger/entry.h"
#include "services/policy/engine.h"

namespace candor::rpc {

google::rpc::Status ToRpcStatus(const absl::Status& status);

void ToWire(ledger::Receipt receipt, v1::Receipt& out);
google::protobuf::Timestamp ToWire(absl::Time time);

// A reason of a verdict as the wire writes it: Candor's own in capitals, a set's as it is.
std::string ReasonCode(std::string code);

// Words for a reason that the policy set of that digest gave.
using TextOf = std::function<policy::ReasonText(const Digest& set, const std::string& reason)>;

absl::Status Answer(ledger::Receipt receipt, const TextOf& text_of, v1::AuthorizeResponse& out);
absl::Status Answer(ledger::Receipt receipt, v1::RecordResponse& out);
absl::Status Answer(ledger::Receipt receipt, v1::ObserveResponse& out);
absl::Status Answer(ledger::Receipt receipt, v1::RecordResultResponse& out);
absl::Status Answer(ledger::Receipt receipt, v1::RecordNoticeResponse& out);
absl::Status Answer(ledger::Receipt receipt, v1::CancelResponse& out);
absl::Status Answer(ledger::Receipt receipt, v1::CloseEpochResponse& out);

}  // namespace candor::rpc
