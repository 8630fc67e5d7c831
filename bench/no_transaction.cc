// Stands in for store/postgres/append.cc in a program that only benchmarks use: the head
// of each ledger lives in memory, and nothing is written. What is left is what Candor does
// beside the transaction.

#include <map>
#include <mutex>

#include "services/core/chain/chain.h"
#include "services/core/merkle/tree_hash.h"
#include "services/store/append.h"
#include "services/store/reader.h"

namespace candor::store {
namespace {

std::mutex mutex;
std::map<Uuid, Head> heads;

class InMemory final : public LedgerTransaction {
 public:
  explicit InMemory(Connection& connection) : connection_(connection) {}

  absl::StatusOr<Head> Lock(const Uuid& tenant) override {
    tenant_ = tenant;
    const std::lock_guard lock(mutex);
    if (heads.find(tenant) == heads.end()) {
      const absl::StatusOr<Head> head = ReadHead(connection_, tenant);
      if (!head.ok()) return head.status();
      heads[tenant] = *head;
    }
    heads[tenant].database_time = absl::Now();
    heads[tenant].time_line = connection_.system_identifier();
    return heads[tenant];
  }
  absl::StatusOr<Answers> Settle(const Questions&) override { return Answers(); }
  absl::StatusOr<std::string> LeafAt(std::uint64_t) override { return std::string(); }
  absl::StatusOr<std::vector<Digest>> LeafHashes(std::uint64_t first, std::uint64_t end) override {
    return std::vector<Digest>(end - first);
  }
  absl::StatusOr<std::vector<Digest>> TileRoots(int, std::uint64_t first, std::uint64_t end) override {
    return std::vector<Digest>(end - first);
  }
  absl::StatusOr<std::vector<Handle>> HandlesOf(const std::vector<Digest>&) override { return std::vector<Handle>(); }
  absl::Status EachSealedUnder(const Handle&, absl::FunctionRef<absl::Status(const SealedUnder&)>) override {
    return absl::OkStatus();
  }
  absl::Status Write(const Batch& batch) override {
    const std::lock_guard lock(mutex);
    heads[tenant_] = batch.head;
    return absl::OkStatus();
  }
  absl::Status Touch() override { return absl::OkStatus(); }

 private:
  Connection& connection_;
  Uuid tenant_;
};

}  // namespace

absl::Status Append(Connection& connection, absl::FunctionRef<absl::Status(LedgerTransaction&)> work) {
  if (absl::Status ready = connection.Ensure(); !ready.ok()) return ready;
  InMemory ledger(connection);
  return work(ledger);
}

}  // namespace candor::store
