// candor_bench: measures a running candord beside its limits, round by round, and prints
// each figure with its limit of the same round. `bench/run` starts everything and calls it.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>
#include <vector>

#include "bench/limits.h"
#include "bench/load.h"
#include "bench/work.h"

namespace candor::bench {
namespace {

constexpr int kStreams = 4;
constexpr double kMostMiB = 300;

struct Options {
  std::string server, full, full_key, no_transaction, echo, database, operator_key_file, json, only, pid, packs, rules, opa;
  double seconds = 3;
  int rounds = 3;
};

// The most memory that a process held at once, in MiB; 0 if it cannot be seen.
double MostMemory(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    key_ = MakeTenant(options_.server, options_.operator_key_file).key;
    other_key_ = MakeTenant(options_.server, options_.operator_key_file).key;
    key_without_ = MakeTenant(options_.server, options_.operator_key_file).key;  // That server writes no rows.
    MakeTables(options_.database);
    const Tenant packs = MakeTenant(options_.server, options_.operator_key_file);
    PutInCharge(options_.server, packs, options_.packs);
    packs_key_ = packs.key;
    const Tenant rules = MakeTenant(options_.server, options_.operator_key_file);
    PutInCharge(options_.server, rules, options_.rules);
    rules_key_ = rules.key;
  }

  void Measure() {
    for (int round = 0; round < options_.rounds; ++round) {
      std::fprintf(stderr, "round %d of %d\n", round + 1, options_.rounds);
      for (const int in_flight : {1, 64, 256}) {
        const std::string name = "unary " + std::to_string(in_flight);
        Add(name, [&] { return Unary(options_.server, key_, in_flight); });
        Add(name + " without transaction", [&] { return Unary(options_.no_transaction, key_without_, in_flight); });
        Add(name + " echo", [&] { return Unary(options_.echo, "", in_flight); });
        Add(name + " insert under a chain trigger",
            [&] { return InsertUnderTrigger(options_.database, options_.seconds, in_flight); });
      }
      Add("unary 256, full ledger", [&] { return Unary(options_.full, options_.full_key, 256); });
      Add("one commit of the same rows", [&] { return CommitOne(options_.database, options_.seconds); });
      Add("batches of 100", [&] { return Batches(options_.server, key_); });
      Add("batches of 100, full ledger", [&] { return Batches(options_.full, options_.full_key); });
      Add("streams", [&] {
        return RunStreams(ChannelTo(options_.server), Items(key_, 1000 * kStreams, options_.seconds), kStreams);
      });
      Add("copy", [&] { return Copy(options_.database); });
      Add("a lone mortgage, built-in rules", [&] { return Mortgage(key_, 1); });
      Add("a lone mortgage, all packs", [&] { return Mortgage(packs_key_, 1); });
      Add("256 mortgages, built-in rules", [&] { return Mortgage(key_, 256); });
      Add("256 mortgages, all packs", [&] { return Mortgage(packs_key_, 256); });
      Add("30 rules, one caller", [&] { return Mortgage(rules_key_, 1); });
      Add("30 rules, 256 in flight", [&] { return Mortgage(rules_key_, 256); });
      if (!options_.opa.empty()) {
        Add("OPA, then a chained row, one caller", [&] { return OpaThenInsert(1); });
        Add("OPA, then a chained row, 256 in flight", [&] { return OpaThenInsert(256); });
      }
      Add("unary 16 beside nobody", [&] { return Unary(options_.server, other_key_, 16); });
      Add("unary 16 beside a tenant that floods", [&] { return BesideAFlood(); });
    }
  }

  void Print() const {
    std::printf("%-44s %12s %10s %10s   %s\n", "", "a second", "p50 ms", "p99 ms", "least to most a second");
    for (const std::string& name : order_) {
      const std::vector<Figures>& all = figures_.at(name);
      const auto [least, most] = std::minmax_element(all.begin(), all.end(), Slower);
      const Figures middle = Median(name);
      std::printf("%-44s %12.0f %10.2f %10.2f   %.0f to %.0f%s\n", name.c_str(), middle.per_second, middle.p50_ms,
                  middle.p99_ms, least->per_second, most->per_second,
                  middle.failed > 0 ? ("   FAILED: " + middle.first_error).c_str() : "");
    }
    if (!options_.only.empty()) return;  // A figure without its limit proves nothing.
    std::printf("\n%-52s %10s %10s %7s %7s %7s\n", "against its limit in the same run", "value", "limit", "ratio",
                "floor", "aim");
    std::ostringstream json;
    const auto row = [&](const char* name, double value, double limit, double ratio, double floor, double aim,
                         bool at_most) { bench::Print({name, value, limit, ratio, floor, aim, at_most}, json); };
    const auto rate = [&](const char* name, const std::string& value, const std::string& limit, double floor, double aim) {
      const double v = Median(value).per_second, l = Median(limit).per_second;
      row(name, v, l, l == 0 ? 0 : v / l, floor, aim, false);
    };
    rate("unary 256 / without the transaction", "unary 256", "unary 256 without transaction", 0.7, 0.9);
    rate("unary 256 / bare echo", "unary 256", "unary 256 echo", 0.35, 0.5);
    rate("unary 256 / insert under a chain trigger", "unary 256", "unary 256 insert under a chain trigger", 4, 6);
    rate("batches of 100 / binary COPY of the same rows", "batches of 100", "copy", 0.7, 0.95);
    rate("streams / binary COPY of the same rows", "streams", "copy", 0.7, 0.95);
    rate("unary 256, a full ledger / an empty one", "unary 256, full ledger", "unary 256", 0.8, 0.95);
    rate("batches of 100, a full ledger / an empty one", "batches of 100, full ledger", "batches of 100", 0.8, 0.95);
    const double p99 = Median("unary 64").p99_ms;
    row("p99 ms at 64 in flight", p99, 25, p99 / 25, 1, 0.6, true);
    const double lone = Median("unary 1").p50_ms, commit = Median("one commit of the same rows").p50_ms;
    row("a lone receipt, ms above one commit of the same rows", lone, commit, lone - commit, 1, 0.5, true);
    if (!options_.opa.empty()) {
      rate("30 rules, 256 in flight / OPA, then a chained row", "30 rules, 256 in flight",
           "OPA, then a chained row, 256 in flight", 2.5, 5);
    }
    const double gated = Median("30 rules, one caller").p50_ms;
    row("30 rules, ms of a lone receipt", gated, 1.5, gated / 1.5, 1, 0.6, true);
    const double packs = Median("a lone mortgage, all packs").p50_ms, none = Median("a lone mortgage, built-in rules").p50_ms;
    row("ms that all packs add to the p50 of an Authorize", packs, none, packs - none, 0.3, 0.1, true);
    const double memory = MostMemory(options_.pid);
    row("most memory of the server, MiB", memory, kMostMiB, memory / kMostMiB, 1, 0.5, true);
    const Figures alone = Median("unary 16 beside nobody"), beside = Median("unary 16 beside a tenant that floods");
    std::printf("\nA tenant beside one that floods: %.0f a second, p99 %.1f ms; beside nobody %.0f and %.1f ms.\n",
                beside.per_second, beside.p99_ms, alone.per_second, alone.p99_ms);
    if (!options_.json.empty()) std::ofstream(options_.json, std::ios::app) << json.str();
  }

 private:
  static bool Slower(const Figures& a, const Figures& b) { return a.per_second < b.per_second; }

  Figures Median(const std::string& name) const {
    std::vector<Figures> all = figures_.at(name);
    std::sort(all.begin(), all.end(), Slower);
    return all[all.size() / 2];
  }

  template <typename Measured>
  void Add(const std::string& name, Measured measure) {
    if (!options_.only.empty() && name.find(options_.only) == std::string::npos) return;
    if (figures_.find(name) == figures_.end()) order_.push_back(name);
    figures_[name].push_back(measure());
  }

  Figures Unary(const std::string& address, const std::string& key, int in_flight) {
    return Run(ChannelTo(address), Questions(key, in_flight, options_.seconds));
  }

  Figures Mortgage(const std::string& key, int in_flight) {
    return Run(ChannelTo(options_.server), Mortgages(key, in_flight, options_.seconds));
  }

  Figures OpaThenInsert(int in_flight) {
    return AskOpaThenInsert(options_.opa, OpaInput(), options_.database, options_.seconds, in_flight);
  }

  Figures Batches(const std::string& address, const std::string& key) {
    return Run(ChannelTo(address), BatchesOf100(key, 32, options_.seconds));
  }

  Figures BesideAFlood() {
    const std::jthread flood(
        [this] { Run(ChannelTo(options_.server), BatchesOf100(key_, 32, options_.seconds + 0.5)); });
    return Unary(options_.server, other_key_, 16);
  }

  Options options_;
  std::string key_, other_key_, key_without_, packs_key_, rules_key_;
  std::vector<std::string> order_;
  std::map<std::string, std::vector<Figures>> figures_;
};

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  candor::bench::Options options;
  const std::map<std::string, std::string*> texts = {
      {"--server", &options.server},     {"--full", &options.full},         {"--full-key", &options.full_key},
      {"--no-transaction", &options.no_transaction}, {"--echo", &options.echo}, {"--database", &options.database},
      {"--operator-key-file", &options.operator_key_file}, {"--json", &options.json}, {"--only", &options.only},
      {"--pid", &options.pid}, {"--packs", &options.packs}, {"--rules", &options.rules}, {"--opa", &options.opa}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (const auto text = texts.find(name); text != texts.end()) *text->second = argv[i + 1];
    if (name == "--seconds") options.seconds = std::atof(argv[i + 1]);
    if (name == "--rounds") options.rounds = std::atoi(argv[i + 1]);
  }
  candor::bench::Bench bench(options);
  bench.Measure();
  bench.Print();
  return 0;
}
