#include "services/verify/columns.h"

#include "services/verify/facts.h"

namespace candor::verify {

std::vector<Finding> CheckColumns(const EntryRow& row, const core::Leaf& leaf) {
  std::vector<Finding> findings;
  const auto check = [&](const char* column, bool same) {
    if (same) return;
    findings.push_back({.table = "entries",
                        .position = row.position,
                        .column = column,
                        .what = "is not what the leaf says"});
  };
  std::optional<Uuid> epoch;
  std::optional<std::int64_t> seq;
  if (leaf.producer) {
    epoch = leaf.producer->epoch;
    seq = static_cast<std::int64_t>(leaf.producer->seq);
  }
  const RepeatedFacts facts = ReadRepeatedFacts(leaf);
  check("leaf_id", row.leaf_id == leaf.id);
  check("request_id", row.request_id == leaf.request);
  check("decision_id", row.decision_id == leaf.decision);
  check("closes_id", row.closes_id == facts.closes);
  check("verdict", row.verdict == facts.verdict);
  check("expire_time", row.expire_time == facts.expires);
  check("due_time", row.due_time == facts.outcome_due);
  check("epoch", row.epoch == epoch);
  check("seq", row.seq == seq);
  return findings;
}

}  // namespace candor::verify
