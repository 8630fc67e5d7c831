// Callers who never give up, and what they were promised.
//
// Each caller is a thread that authorizes, records, sends batches and repeats, and sends
// what fails again with the same request id until it is answered. The journal keeps every
// receipt; in the end it is held against the ledger itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/world.h"

namespace candor::chaos {

// From CANDOR_CHAOS_SEED, or a new one; printed, so that a failure can be repeated.
std::uint64_t Seed();
// From CANDOR_CHAOS_ROUNDS, or `usual`.
int Rounds(int usual);

// Thread-safe.
class Journal {
 public:
  // A request was answered with a receipt: the first is kept, later ones must be of the
  // same leaf.
  void Answered(const std::string& request_id, const v1::Receipt& receipt);
  // A checkpoint that came otherwise.
  void Saw(const std::string& note);
  // A promise was broken.
  void Broke(const std::string& what);

  std::size_t answered() const { return answered_; }

  // Holds everything against the ledger as PostgreSQL has it: fails the running test for
  // each promise that was broken. `caller` is the code of the callers in leaves.
  void Check(const std::string& database, const e2e::Tenant& tenant, const std::string& caller) const;

 private:
  struct Kept {
    v1::Receipt first, latest;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Kept> kept_;
  std::vector<std::string> notes_, broken_;
  std::atomic<std::size_t> answered_ = 0;
};

// Where the servers are now. Thread-safe.
class Addresses {
 public:
  explicit Addresses(std::size_t servers) : addresses_(servers) {}
  void Set(std::size_t server, std::string address);
  std::string Get(std::size_t server) const;
  std::size_t size() const { return addresses_.size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> addresses_;
};

class Load {
 public:
  // `addresses` and `journal` must outlive this. Starts `callers` threads.
  Load(const Addresses& addresses, Journal& journal, std::string key, int callers, std::uint64_t seed);
  // Lets every caller finish what it began, then joins: the servers must be up.
  ~Load();

 private:
  void Run(std::uint64_t seed);

  const Addresses& addresses_;
  Journal& journal_;
  const std::string key_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::jthread> callers_;
};

}  // namespace candor::chaos
