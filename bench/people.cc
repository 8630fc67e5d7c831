// candor_bench_people: what persons and their reviewers do on a full ledger, beside its limits: 100 decisions
// explained with their proofs, everything about a person in one file, an erasure, the first page of a long
// queue, and what opening sections costs those who append. `bench/run` calls it.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/load.h"
#include "bench/work.h"
#include "candor/v1/admin_service.grpc.pb.h"
#include "candor/v1/decision_service.grpc.pb.h"
#include "candor/v1/oversight_service.grpc.pb.h"
#include "candor/v1/transparency_service.grpc.pb.h"

namespace candor::bench {
namespace {

struct Options {
  std::string server, operator_key_file, json;
  double leaves = 0, seconds = 3;
  int rounds = 3;
};

constexpr int kFew = 100, kMany = 1000, kInFlight = 8, kTasks = 10'000, kBatch = 100;

using Clock = std::chrono::steady_clock;
double MillisSince(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }

// Calls `work` with each number below `count`, some at once.
template <typename Work>
void Each(int count, const Work& work) {
  std::atomic<int> next = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kInFlight; ++i) {
    threads.emplace_back([&] {
      for (int at = next++; at < count; at = next++) work(at);
    });
  }
}

class Bench {
 public:
  explicit Bench(Options options)
      : options_(std::move(options)), channel_(ChannelTo(options_.server)),
        tenant_(MakeTenant(options_.server, options_.operator_key_file)),
        reviewer_(KeyOfHuman(options_.server, tenant_, "bench reviewer", v1::ROLE_REVIEWER)),
        officer_(KeyOfHuman(options_.server, tenant_, "bench officer", v1::ROLE_COMPLIANCE)),
        deciding_(v1::DecisionService::NewStub(channel_)), admin_(v1::AdminService::NewStub(channel_)),
        people_(v1::TransparencyService::NewStub(channel_)), oversight_(v1::OversightService::NewStub(channel_)) {
    for (double filled = 0; filled < options_.leaves;) {
      const Figures figures = bench::Run(channel_, BatchesOf100(tenant_.key, 32, 1));
      if (figures.failed > 0 || figures.per_second == 0) std::exit(1);
      filled += figures.per_second * 1.5;
    }
    for (int opened = 0; opened < kTasks; opened += kBatch) OpenTasks();
    DecideAbout("the one who asks", kFew);
    DecideAbout("the one who takes it home", kMany);
    few_ = TokenOf("the one who asks");
    many_ = TokenOf("the one who takes it home");
  }

  void Measure() {
    Explain();  // Warm.
    for (int round = 0; round < options_.rounds; ++round) {
      const auto begin = Clock::now();
      while (MillisSince(begin) < options_.seconds * 1000) explained_.push_back(Explain());
      ListTasks(options_.seconds);
      exported_.push_back(Export());
      const std::string person = "the one to be forgotten, " + std::to_string(round);
      DecideAbout(person, kMany);
      erased_.push_back(Erase(person));
      alone_.push_back(Append());
      beside_.push_back(AppendBesideOpenings());
    }
  }

  void Print() {
    std::ostringstream json;
    std::printf("\npersons on a ledger of at least %.0f leaves; 100 decisions with proofs are %zu KiB, an export of 1,000 %zu MiB\n",
                options_.leaves, bytes_ / 1024, export_bytes_ >> 20);
    const auto print = [&](const char* name, double value, double limit, double floor, double aim, bool at_most) {
      bench::Print({name, value, limit, value / limit, floor, aim, at_most}, json);
    };
    print("p99 ms of 100 decisions explained with proofs", FiguresOf(explained_, 1).p99_ms, 100, 1, 0.3, true);
    print("ms for everything about a person with 1,000 decisions", Median(exported_), 5000, 1, 1, true);
    print("ms to erase a person with 1,000 decisions", Median(erased_), 1000, 1, 1, true);
    print("p99 ms of the first page of a queue of 10,000", FiguresOf(listed_, 1).p99_ms, 50, 1, 1, true);
    print("unary 256 beside explanations / alone", Median(beside_), Median(alone_), 0.9, 1, false);
    if (!options_.json.empty()) std::ofstream(options_.json, std::ios::app) << json.str();
  }

 private:
  static double Median(std::vector<double> all) {
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
  }

  // With an amount, and no limit for it: each is for a human.
  void OpenTasks() {
    v1::BatchAuthorizeRequest batch;
    for (int i = 0; i < kBatch; ++i) {
      v1::AuthorizeRequest& one = *batch.add_items();
      one.set_request_id(NewRequest());
      one.mutable_actor()->set_system("bench");
      one.mutable_action()->set_name("decide");
      one.mutable_action()->set_amount("10");
      one.mutable_action()->set_currency("eur");
    }
    const auto answer = Must(*deciding_, &v1::DecisionService::Stub::BatchAuthorize, batch, tenant_.key);
    if (answer.results_size() != kBatch || answer.results(0).response().task_id().empty()) {
      std::fprintf(stderr, "bench: an escalation opened no task\n");
      std::exit(1);
    }
  }

  // 1 KiB of inputs, eight data, four reasons with a factor each, two changes.
  void Decide(const std::string& person) {
    v1::AuthorizeRequest ask;
    ask.set_request_id(NewRequest());
    ask.mutable_actor()->set_system("bench");
    ask.mutable_action()->set_name("decide");
    ask.mutable_person()->set_reference(person);
    ask.mutable_person()->set_language("en");
    ask.set_inputs_json("{\"text\":\"" + std::string(1013, 'x') + "\"}");
    for (int i = 0; i < 8; ++i) {
      v1::DataItem& item = *ask.add_data_used();
      item.set_datum_id("datum" + std::to_string(i));
      item.set_name("A datum of this person");
      item.set_value_json(std::to_string(i));
      item.set_source_kind(v1::SOURCE_KIND_PERSON);
    }
    const auto answer = Must(*deciding_, &v1::DecisionService::Stub::Authorize, ask, tenant_.key);
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
    Must(*deciding_, &v1::DecisionService::Stub::Record, tell, tenant_.key);
  }
  void DecideAbout(const std::string& person, int count) {
    Decide(person);  // Their key is there before many ask for it.
    Each(count - 1, [&](int) { Decide(person); });
  }

  std::string TokenOf(const std::string& person) {
    v1::IssuePersonTokenRequest ask;
    ask.set_request_id(NewRequest());
    ask.set_person_reference(person);
    ask.set_life_seconds(3600);
    return Must(*admin_, &v1::AdminService::Stub::IssuePersonToken, ask, tenant_.system_key).token();
  }

  // Milliseconds for the list and each explanation.
  double Explain() {
    const auto begin = Clock::now();
    v1::ListDecisionsRequest list;
    list.set_page_size(kFew);
    const auto decisions = Must(*people_, &v1::TransparencyService::Stub::ListDecisions, list, few_);
    if (decisions.decisions_size() != kFew) std::exit(1);
    std::atomic<std::size_t> bytes = 0;
    Each(kFew, [&](int at) { bytes += ExplainOne(decisions.decisions(at).decision_id()); });
    bytes_ = bytes;
    return MillisSince(begin);
  }
  std::size_t ExplainOne(const std::string& decision) {
    v1::ExplainRequest request;
    request.set_decision_id(decision);
    const auto answer = Must(*people_, &v1::TransparencyService::Stub::Explain, request, few_);
    if (answer.receipts_size() != 2 || answer.reasons_size() != 4) std::exit(1);
    return answer.ByteSizeLong();
  }

  void ListTasks(double seconds) {
    const auto begin = Clock::now();
    while (MillisSince(begin) < seconds * 1000) {
      const auto start = Clock::now();
      const auto page = Must(*oversight_, &v1::OversightService::Stub::ListTasks, v1::ListTasksRequest(), reviewer_);
      if (page.tasks_size() != 50 || page.next_page_token().empty()) std::exit(1);
      listed_.push_back(MillisSince(start));
    }
  }

  double Export() {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + many_);
    const auto begin = Clock::now();
    const auto stream = people_->ExportMyData(&context, v1::ExportMyDataRequest());
    v1::ExportMyDataResponse part;
    export_bytes_ = 0;
    while (stream->Read(&part)) export_bytes_ += part.chunk().size();
    const grpc::Status status = stream->Finish();
    if (!status.ok() || part.digest().size() != 32) {
      std::fprintf(stderr, "bench: ExportMyData: %s\n", status.error_message().c_str());
      std::exit(1);
    }
    return MillisSince(begin);
  }

  double Erase(const std::string& person) {
    v1::ErasePersonRequest erase;
    erase.set_request_id(NewRequest());
    erase.set_person_reference(person);
    erase.set_ground(v1::ERASURE_GROUND_REQUEST);
    const auto begin = Clock::now();
    const auto answer = Must(*admin_, &v1::AdminService::Stub::ErasePerson, erase, officer_);
    if (answer.erasure().section_count() < kMany) std::exit(1);
    return MillisSince(begin);
  }

  double Append() { return bench::Run(channel_, Questions(tenant_.key, 256, options_.seconds)).per_second; }

  double AppendBesideOpenings() {
    v1::ListDecisionsRequest list;
    list.set_page_size(kFew);
    const auto decisions = Must(*people_, &v1::TransparencyService::Stub::ListDecisions, list, few_);
    std::atomic<bool> enough = false;
    std::jthread reader([&] {
      for (int i = 0; !enough; ++i) ExplainOne(decisions.decisions(i % kFew).decision_id());
    });
    const double rate = Append();
    enough = true;
    return rate;
  }

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const Tenant tenant_;
  const std::string reviewer_, officer_;
  const std::unique_ptr<v1::DecisionService::Stub> deciding_;
  const std::unique_ptr<v1::AdminService::Stub> admin_;
  const std::unique_ptr<v1::TransparencyService::Stub> people_;
  const std::unique_ptr<v1::OversightService::Stub> oversight_;
  std::string few_, many_;  // Tokens.
  std::size_t bytes_ = 0, export_bytes_ = 0;
  std::vector<double> explained_, exported_, erased_, listed_, alone_, beside_;
};

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  candor::bench::Options options;
  const std::map<std::string, std::string*> texts = {
      {"--server", &options.server}, {"--operator-key-file", &options.operator_key_file}, {"--json", &options.json}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (const auto text = texts.find(name); text != texts.end()) *text->second = argv[i + 1];
    if (name == "--leaves") options.leaves = std::atof(argv[i + 1]);
    if (name == "--seconds") options.seconds = std::atof(argv[i + 1]);
    if (name == "--rounds") options.rounds = std::atoi(argv[i + 1]);
  }
  candor::bench::Bench bench(options);
  bench.Measure();
  bench.Print();
  return 0;
}
