#include "tests/chaos/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <set>

#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"

namespace candor::chaos {
namespace {

using e2e::Client;

constexpr auto kPause = std::chrono::milliseconds(10);
constexpr int kMostTries = 6000;  // A minute of pauses: then it is a failure.

// What the contract tells a caller to repeat.
bool IsToBeRepeated(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::UNKNOWN ||
         code == grpc::StatusCode::DEADLINE_EXCEEDED || code == grpc::StatusCode::RESOURCE_EXHAUSTED ||
         code == grpc::StatusCode::ABORTED;
}

// One caller: one thread.
class Caller {
 public:
  Caller(const Addresses& addresses, Journal& journal, const std::string& key, std::uint64_t seed)
      : addresses_(addresses), journal_(journal), key_(key), random_(seed), clients_(addresses.size()),
        known_(addresses.size()) {}

  void Step() {
    switch (Pick(8)) {
      case 0: return Batch();
      case 1:
        if (!asked_.empty()) return Repeat();
        break;
      case 2:
      case 3:
      case 4:
        if (!open_.empty()) return Record();
        break;
      default: break;
    }
    Authorize();
  }

 private:
  std::size_t Pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  // A client of any server, at the address where it is now.
  const Client& Any() {
    const std::size_t server = Pick(clients_.size());
    const std::string address = addresses_.Get(server);
    if (!clients_[server] || known_[server] != address) {
      clients_[server] = Client::To(address, key_);
      known_[server] = address;
    }
    return *clients_[server];
  }

  template <typename Response>
  std::optional<Response> Insist(const google::protobuf::Message& request) {
    for (int tries = 0; tries < kMostTries; ++tries) {
      const auto answer = Any().Call<Response>(request);
      if (answer.ok()) return answer.value;
      if (!IsToBeRepeated(answer.status.error_code())) {
        std::ostringstream what;
        what << request.GetDescriptor()->name() << " was refused: " << answer.refusal();
        journal_.Broke(what.str());
        return std::nullopt;
      }
      std::this_thread::sleep_for(kPause);
    }
    journal_.Broke("no answer came within a minute");
    return std::nullopt;
  }

  void Authorize() {
    const v1::AuthorizeRequest request = e2e::Question("customer-" + std::to_string(Pick(50)));
    const auto response = Insist<v1::AuthorizeResponse>(request);
    if (response) Keep(request, *response);
  }

  void Repeat() {
    const v1::AuthorizeRequest request = asked_[Pick(asked_.size())];
    const auto response = Insist<v1::AuthorizeResponse>(request);
    if (response) journal_.Answered(request.request_id(), response->receipt());
  }

  void Record() {
    const v1::RecordRequest request = e2e::RecordOf(open_.back());
    open_.pop_back();
    const auto response = Insist<v1::RecordResponse>(request);
    if (!response) return;
    journal_.Answered(request.request_id(), response->receipt());
    if (!response->marks().empty()) journal_.Broke("the one outcome of an authorization was marked");
  }

  void Batch() {
    v1::BatchAuthorizeRequest batch;
    for (int i = 0; i < 8; ++i) *batch.add_items() = e2e::Question("customer-" + std::to_string(Pick(50)));
    while (batch.items_size() > 0) {
      const auto response = Insist<v1::BatchAuthorizeResponse>(batch);
      if (!response) return;
      v1::BatchAuthorizeRequest left;
      for (int i = 0; i < response->results_size(); ++i) {
        const v1::BatchAuthorizeResult& result = response->results(i);
        if (result.has_response()) {
          Keep(batch.items(i), result.response());
        } else if (IsToBeRepeated(static_cast<grpc::StatusCode>(result.error().code()))) {
          *left.add_items() = batch.items(i);
        } else {
          journal_.Broke("an item of a batch was refused: " + result.error().message());
        }
      }
      batch = std::move(left);
    }
  }

  void Keep(const v1::AuthorizeRequest& request, const v1::AuthorizeResponse& response) {
    journal_.Answered(request.request_id(), response.receipt());
    asked_.push_back(request);
    open_.push_back(response.authorization_id());
  }

  const Addresses& addresses_;
  Journal& journal_;
  const std::string key_;
  std::mt19937_64 random_;
  std::vector<std::optional<Client>> clients_;
  std::vector<std::string> known_;
  std::vector<v1::AuthorizeRequest> asked_;
  std::vector<std::string> open_;
};

std::vector<std::string> LeavesOf(const std::string& database, const std::string& tenant) {
  candor::testing::Session session(database);
  const auto answer = session.Run(
      "SELECT position, convert_from(leaf, 'UTF8') FROM entries WHERE tenant_id = $1 ORDER BY position", {tenant});
  std::vector<std::string> leaves;
  for (const auto& row : answer.rows) {
    EXPECT_EQ(row[0], std::to_string(leaves.size())) << "positions have a gap";
    leaves.push_back(row[1]);
  }
  return leaves;
}

// The root of the first n leaves, for every n.
std::vector<Digest> RootsOf(const std::vector<std::string>& leaves) {
  core::CompactRange range;
  std::vector<Digest> roots = {core::EmptyRoot()};
  for (const std::string& leaf : leaves) {
    range.Append(core::HashLeaf(AsBytes(leaf)));
    roots.push_back(range.Root());
  }
  return roots;
}

// Which key signs a size, by what the leaves say of keys: read anew, without what verifies.
class SigningKeys {
 public:
  SigningKeys(const core::VerifierKey& first, const std::vector<std::string>& leaves) : from_{{0, first}} {
    std::string announced;
    for (std::size_t position = 0; position < leaves.size(); ++position) {
      const auto leaf = core::ParseLeaf(leaves[position]);
      if (!leaf.ok() || leaf->type != "key") continue;
      const std::string& vkey = *leaf->facts.FindString("vkey");
      EXPECT_EQ(*leaf->facts.FindInteger("from"), static_cast<std::int64_t>(position) + 1);
      if (*leaf->facts.FindString("change") == "announced") {
        announced = vkey;
      } else {
        EXPECT_EQ(vkey, from_.rbegin()->second.ToText()) << "another key than the present one retired";
        from_[position + 1] = core::VerifierKey::Parse(announced).value();
      }
    }
  }

  const core::VerifierKey& Of(const std::string& note) const {
    const auto parsed = core::ParseNote(note);
    const auto checkpoint = parsed.ok() ? core::ParseCheckpointText(parsed->text) : parsed.status();
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    return std::prev(from_.upper_bound(checkpoint.ok() ? checkpoint->size : 0))->second;
  }
  const core::VerifierKey& Of(const v1::Receipt& receipt) const {
    const auto proof = core::ParseProof(receipt.proof());
    EXPECT_TRUE(proof.ok()) << proof.status().message();
    return Of(proof.ok() ? proof->checkpoint : "");
  }

 private:
  std::map<std::uint64_t, core::VerifierKey> from_;  // By size.
};

}  // namespace

std::uint64_t Seed() {
  const char* given = std::getenv("CANDOR_CHAOS_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t seed = given == nullptr ? std::random_device()() : std::strtoull(given, nullptr, 10);
  std::cout << "CANDOR_CHAOS_SEED=" << seed << std::endl;
  return seed;
}

int Rounds(int usual) {
  const char* given = std::getenv("CANDOR_CHAOS_ROUNDS");  // NOLINT(concurrency-mt-unsafe)
  return given == nullptr ? usual : std::max(1, std::atoi(given));
}

void Journal::Answered(const std::string& request_id, const v1::Receipt& receipt) {
  std::string broken;
  {
    const std::lock_guard lock(mutex_);
    const auto [kept, is_new] = kept_.try_emplace(request_id, Kept{.first = receipt, .latest = receipt});
    if (!is_new) {
      const v1::Receipt& first = kept->second.first;
      if (first.position() != receipt.position() || first.leaf() != receipt.leaf()) {
        broken = "a repeat of " + request_id + " got another leaf than the first answer";
      }
      kept->second.latest = receipt;
    }
    if (const auto proof = core::ParseProof(receipt.proof()); proof.ok()) notes_.push_back(proof->checkpoint);
  }
  if (!broken.empty()) Broke(broken);
  ++answered_;
}

void Journal::Saw(const std::string& note) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(note);
}

void Journal::Broke(const std::string& what) {
  const std::lock_guard lock(mutex_);
  broken_.push_back(what);
}

void Journal::Check(const std::string& database, const e2e::Tenant& tenant, const std::string& caller) const {
  const std::lock_guard lock(mutex_);
  for (const std::string& what : broken_) ADD_FAILURE() << what;
  const std::vector<std::string> leaves = LeavesOf(database, tenant.id);
  const std::vector<Digest> roots = RootsOf(leaves);
  const SigningKeys keys(tenant.key, leaves);

  std::set<std::string> requests;
  for (const std::string& text : leaves) {
    const auto leaf = core::ParseLeaf(text);
    ASSERT_TRUE(leaf.ok()) << leaf.status().message();
    const std::string request = leaf->request.ToText();
    EXPECT_TRUE(requests.insert(request).second) << request << " is in the ledger twice";
    if (leaf->caller_id == caller) {
      EXPECT_TRUE(kept_.contains(request)) << request << " is in the ledger, yet was never answered";
    }
  }
  for (const auto& [request, kept] : kept_) {
    EXPECT_TRUE(e2e::Verifies(kept.first, keys.Of(kept.first))) << request;
    EXPECT_TRUE(e2e::Verifies(kept.latest, keys.Of(kept.latest))) << request;
    ASSERT_LT(kept.first.position(), leaves.size()) << request << " is lost";
    EXPECT_EQ(leaves[kept.first.position()], kept.first.leaf()) << request << " is another leaf now";
  }
  // Every tree that was ever signed is a beginning of the one that is there: no size has
  // two roots.
  for (const std::string& note : notes_) {
    const auto checkpoint = core::OpenCheckpoint(note, {keys.Of(note)});
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    ASSERT_LT(checkpoint->size, roots.size()) << "more was signed than there is";
    EXPECT_EQ(checkpoint->root, roots[checkpoint->size]) << "size " << checkpoint->size << " has two roots";
  }
  std::cout << kept_.size() << " requests, " << answered_ << " receipts, " << leaves.size() << " leaves, "
            << notes_.size() << " checkpoints" << std::endl;
}

void Addresses::Set(std::size_t server, std::string address) {
  const std::lock_guard lock(mutex_);
  addresses_[server] = std::move(address);
}

std::string Addresses::Get(std::size_t server) const {
  const std::lock_guard lock(mutex_);
  return addresses_[server];
}

Load::Load(const Addresses& addresses, Journal& journal, std::string key, int callers, std::uint64_t seed)
    : addresses_(addresses), journal_(journal), key_(std::move(key)) {
  for (int i = 0; i < callers; ++i) {
    callers_.emplace_back([this, seed, i] { Run(seed + static_cast<std::uint64_t>(i)); });
  }
}

Load::~Load() {
  stopping_ = true;
  callers_.clear();
}

void Load::Run(std::uint64_t seed) {
  Caller caller(addresses_, journal_, key_, seed);
  while (!stopping_) caller.Step();
}

}  // namespace candor::chaos
