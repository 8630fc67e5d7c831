// candor_bench_person SERVER OPERATOR_KEY_FILE LEAVES [ROUNDS]: fills the ledger of a new tenant,
// decides 100 times about one person, then lets that person list and explain all of it, receipts
// and opened sections included, over and over. A closed loop, 8 calls in flight.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "bench/load.h"
#include "bench/work.h"
#include "candor/v1/admin_service.grpc.pb.h"
#include "candor/v1/decision_service.grpc.pb.h"
#include "candor/v1/transparency_service.grpc.pb.h"

namespace candor::bench {
namespace {

constexpr int kDecisions = 100, kInFlight = 8;
constexpr const char* kPerson = "the one who asks";

void Fill(const std::shared_ptr<grpc::Channel>& channel, const Tenant& tenant, double leaves) {
  double filled = 0;
  while (filled < leaves) {
    const Figures figures = Run(channel, BatchesOf100(tenant.key, 32, 1));
    if (figures.failed > 0 || figures.per_second == 0) std::exit(1);
    filled += figures.per_second * 1.5;
  }
}

// 1 KiB of inputs, eight data, four reasons with a factor each, two changes.
void Decide(v1::DecisionService::Stub& stub, const Tenant& tenant) {
  v1::AuthorizeRequest ask;
  ask.set_request_id(NewRequest());
  ask.mutable_actor()->set_system("bench");
  ask.mutable_action()->set_name("decide");
  ask.mutable_person()->set_reference(kPerson);
  ask.mutable_person()->set_language("en");
  ask.set_inputs_json("{\"text\":\"" + std::string(1013, 'x') + "\"}");
  for (int i = 0; i < 8; ++i) {
    v1::DataItem& item = *ask.add_data_used();
    item.set_datum_id("datum" + std::to_string(i));
    item.set_name("A datum of this person");
    item.set_value_json(std::to_string(i));
    item.set_source_kind(v1::SOURCE_KIND_PERSON);
  }
  const auto answer = Must(stub, &v1::DecisionService::Stub::Authorize, ask, tenant.key);
  v1::RecordRequest tell;
  tell.set_request_id(NewRequest());
  tell.set_authorization_id(answer.authorization_id());
  v1::Outcome& outcome = *tell.mutable_outcome();
  outcome.set_code("refused");
  outcome.set_adverse(true);
  outcome.set_score("0.31");
  for (int i = 0; i < 4; ++i) {
    const std::string id = "datum" + std::to_string(i);
    v1::Reason& reason = *outcome.add_reasons();
    reason.set_code("reason" + std::to_string(i));
    reason.set_text("This spoke against it.");
    reason.add_factor_ids(id);
    v1::Factor& factor = *outcome.add_factors();
    factor.set_id(id);
    factor.set_datum_id(id);
    factor.set_value(std::to_string(i));
  }
  for (int i = 0; i < 2; ++i) {
    v1::Counterfactual& change = *outcome.mutable_explanation()->add_counterfactuals();
    change.set_changes("A datum of this person: at most " + std::to_string(i));
    change.set_outcome("granted");
  }
  Must(stub, &v1::DecisionService::Stub::Record, tell, tenant.key);
}

double MillisSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

int Measure(const std::string& server, const std::string& operator_key, double leaves, int rounds) {
  const Tenant tenant = MakeTenant(server, operator_key);
  const auto channel = ChannelTo(server);
  Fill(channel, tenant, leaves);
  const auto deciding = v1::DecisionService::NewStub(channel);
  for (int i = 0; i < kDecisions; ++i) Decide(*deciding, tenant);

  v1::IssuePersonTokenRequest ask;
  ask.set_request_id(NewRequest());
  ask.set_person_reference(kPerson);
  ask.set_life_seconds(3600);
  const std::string token =
      Must(*v1::AdminService::NewStub(channel), &v1::AdminService::Stub::IssuePersonToken, ask, tenant.system_key).token();

  std::vector<double> whole, single;
  std::size_t bytes = 0;
  for (int round = 0; round < rounds + 2; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const auto stub = v1::TransparencyService::NewStub(channel);
    v1::ListDecisionsRequest list;
    list.set_page_size(kDecisions);
    const auto decisions = Must(*stub, &v1::TransparencyService::Stub::ListDecisions, list, token);
    if (decisions.decisions_size() != kDecisions) return 1;
    std::vector<double> each(kDecisions);
    std::atomic<int> next = 0;
    std::atomic<std::size_t> size = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kInFlight; ++i) {
        threads.emplace_back([&] {
          for (int at = next++; at < kDecisions; at = next++) {
            const auto start = std::chrono::steady_clock::now();
            v1::ExplainRequest request;
            request.set_decision_id(decisions.decisions(at).decision_id());
            const auto answer = Must(*stub, &v1::TransparencyService::Stub::Explain, request, token);
            if (answer.receipts_size() != 2 || answer.reasons_size() != 4) std::exit(1);
            size += answer.ByteSizeLong();
            each[static_cast<std::size_t>(at)] = MillisSince(start);
          }
        });
      }
    }
    if (round < 2) continue;  // Warm.
    whole.push_back(MillisSince(begin));
    single.insert(single.end(), each.begin(), each.end());
    bytes = size;
  }
  const Figures rounds_took = FiguresOf(whole, 1), calls_took = FiguresOf(single, 1);
  std::printf("100 decisions listed and explained with proofs (%zu KiB): p50 %.1f ms, p99 %.1f ms of %d rounds; "
              "one of 8 in flight: p50 %.2f ms, p99 %.2f ms\n",
              bytes / 1024, rounds_took.p50_ms, rounds_took.p99_ms, rounds, calls_took.p50_ms, calls_took.p99_ms);
  return 0;
}

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 2;
  return candor::bench::Measure(argv[1], argv[2], std::atof(argv[3]), argc == 5 ? std::atoi(argv[4]) : 100);
}
