// candor_bench_audit: what auditors do on a full ledger, beside its limits: searches, dossiers, an audit
// bundle against COPY of the same rows, its verification against reading and hashing the same bytes, and
// what all that costs those who append. `bench/run` calls it.

#include <libpq-fe.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
#include "candor/v1/audit_service.grpc.pb.h"
#include "services/crypto/sha256.h"

namespace candor::bench {
namespace {

struct Options {
  std::string server, operator_key_file, database, pid, verifier, scratch, json;
  double leaves = 0, seconds = 3;
  int rounds = 3;
};

constexpr const char* kFilters[] = {
    "verdict = escalate", "verdict = deny", "jurisdiction = us-ma domain = credit", "amount > 98", "confidence < 0.11 open = true",
    "time >= 2026-01-01 currency = eur", "system = bench -outcome:* -(jurisdiction = de OR jurisdiction = fr)"};
constexpr double kMostMiB = 200;

using Clock = std::chrono::steady_clock;
double MillisSince(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }

// MiB that the process ever held.
double MostMemory(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}
// Lets it be counted anew.
void ForgetMemory(const std::string& pid) { std::ofstream("/proc/" + pid + "/clear_refs") << "5"; }

class Bench {
 public:
  explicit Bench(Options options)
      : options_(std::move(options)), channel_(ChannelTo(options_.server)),
        tenant_(MakeTenant(options_.server, options_.operator_key_file)),
        officer_(KeyOfHuman(options_.server, tenant_, "bench officer", v1::ROLE_COMPLIANCE)),
        audit_(v1::AuditService::NewStub(channel_)) {
    for (double filled = 0; filled < options_.leaves;) {
      const Figures figures = bench::Run(channel_, MixedBatchesOf100(tenant_.key, 32, 1));
      if (figures.failed > 0 || figures.per_second == 0) std::exit(1);
      filled += figures.per_second * 1.5;
    }
    WaitUntilSearched();
    Analyze();
  }

  void Measure() {
    for (int round = 0; round < options_.rounds; ++round) {
      Search(options_.seconds);
      Dossiers(options_.seconds);
      // In turns: whoever comes second finds what the first left to be read on.
      if (round % 2 == 0) alone_.push_back(Append());
      beside_.push_back(AppendBesideSearches());
      if (round % 2 != 0) alone_.push_back(Append());
      WaitUntilSearched();
      ForgetMemory(options_.pid);
      export_.push_back(Export());
      memory_ = std::max(memory_, MostMemory(options_.pid));
      copy_.push_back(Copy());
      verify_.push_back(Verify());
      hash_.push_back(Hash());
    }
  }

  void Print() {
    std::ostringstream json;
    std::printf("\nan audit of %.0f leaves, a bundle of %.0f MiB\n", static_cast<double>(size_), static_cast<double>(bytes_) / (1 << 20));
    double worst = 0;
    for (const auto& [filter, millis] : searches_) {
      const Figures figures = FiguresOf(millis, 1);
      std::printf("  search %-40s p50 %6.1f ms, p99 %6.1f ms\n", filter.c_str(), figures.p50_ms, figures.p99_ms);
      worst = std::max(worst, figures.p99_ms);
    }
    const double dossier = FiguresOf(dossiers_, 1).p99_ms;
    const auto print = [&](const char* name, double value, double limit, double ratio, double floor, double aim,
                           bool at_most) { bench::Print({name, value, limit, ratio, floor, aim, at_most}, json); };
    print("p99 ms of the first page of the slowest search", worst, 200, worst / 200, 1, 0.25, true);
    print("p99 ms of a dossier", dossier, 30, dossier / 30, 1, 1, true);
    const double rate = Median(alone_), beside = Median(beside_);
    print("unary 256 beside searches / alone", beside, rate, beside / rate, 0.9, 1, false);
    const double sent = 1 / Median(export_), copied = 1 / Median(copy_), size = static_cast<double>(size_);
    print("leaves exported a second / COPY of the same rows", sent * size, copied * size, sent / copied, 0.4, 0.7, false);
    const double verified = 1 / Median(verify_), hashed = 1 / Median(hash_);
    print("leaves of a bundle verified a second / hashed", verified * size, hashed * size, verified / hashed, 0.5, 0.8, false);
    print("most memory of the server that exports, MiB", memory_, kMostMiB, memory_ / kMostMiB, 1, 1, true);
    print("most memory of the verifier, MiB", verifier_memory_, kMostMiB, verifier_memory_ / kMostMiB, 1, 1, true);
    if (!options_.json.empty()) std::ofstream(options_.json, std::ios::app) << json.str();
  }

 private:
  static double Median(std::vector<double> all) {
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
  }

  v1::SearchResponse Find(const std::string& filter, int page_size) {
    v1::SearchRequest request;
    request.set_filter(filter);
    request.set_page_size(page_size);
    return Must(*audit_, &v1::AuditService::Stub::Search, request, officer_);
  }

  void WaitUntilSearched() {
    for (;;) {
      const v1::SearchResponse answer = Find("", 1);
      size_ = answer.checkpoint().size();
      if (answer.searched_size() >= size_) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  // What PostgreSQL does by itself within a minute.
  void Analyze() const {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(options_.database.c_str()), PQfinish);
    PQclear(PQexec(connection.get(), "VACUUM ANALYZE decisions"));
  }

  void Search(double seconds) {
    const auto begin = Clock::now();
    while (MillisSince(begin) < seconds * 1000) {
      for (const char* filter : kFilters) {
        const auto start = Clock::now();
        Find(filter, 50);
        searches_[filter].push_back(MillisSince(start));
      }
    }
  }

  void Dossiers(double seconds) {
    const v1::SearchResponse found = Find("", 500);
    const auto begin = Clock::now();
    for (int i = 0; MillisSince(begin) < seconds * 1000; ++i) {
      v1::GetDossierRequest request;
      request.set_decision_id(found.decisions(i % found.decisions_size()).decision_id());
      const auto start = Clock::now();
      Must(*audit_, &v1::AuditService::Stub::GetDossier, request, officer_);
      dossiers_.push_back(MillisSince(start));
    }
  }

  double Append() { return bench::Run(channel_, Questions(tenant_.key, 256, options_.seconds)).per_second; }

  double AppendBesideSearches() {
    std::atomic<bool> ends = false;
    std::jthread searching([&] {
      for (std::size_t i = 0; !ends; ++i) Find(kFilters[i % std::size(kFilters)], 50);
    });
    const double rate = Append();
    ends = true;
    return rate;
  }

  // Seconds; the bundle is the scratch file then.
  double Export() {
    v1::ExportRequest request;
    request.set_request_id(NewRequest());
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + officer_);
    std::ofstream file(options_.scratch, std::ios::binary);
    const auto begin = Clock::now();
    const auto stream = audit_->Export(&context, request);
    v1::ExportResponse part;
    bytes_ = 0;
    while (stream->Read(&part)) {
      bytes_ += part.chunk().size();
      file << part.chunk();
    }
    const grpc::Status status = stream->Finish();
    if (!status.ok()) {
      std::fprintf(stderr, "bench: Export: %s\n", status.error_message().c_str());
      std::exit(1);
    }
    return MillisSince(begin) / 1000;
  }

  // Seconds for binary COPY of the leaves and what is sealed in them.
  double Copy() const {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(options_.database.c_str()), PQfinish);
    const std::string of = " WHERE tenant_id = (SELECT tenant_id FROM tenants WHERE origin = '" + tenant_.origin + "')";
    const auto begin = Clock::now();
    for (const std::string& rows : {"SELECT position, leaf FROM entries" + of, "SELECT position, handle, sections FROM sealed" + of}) {
      PQclear(PQexec(connection.get(), ("COPY (" + rows + " ORDER BY position) TO STDOUT (FORMAT binary)").c_str()));
      char* buffer = nullptr;
      std::size_t bytes = 0;
      for (int length = 0; (length = PQgetCopyData(connection.get(), &buffer, 0)) > 0; PQfreemem(buffer)) {
        bytes += static_cast<std::size_t>(length);
      }
      while (PGresult* end = PQgetResult(connection.get())) PQclear(end);
      if (bytes < size_) std::exit(1);
    }
    return MillisSince(begin) / 1000;
  }

  double Verify() {
    const auto begin = Clock::now();
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      if (std::freopen("/dev/null", "w", stdout) != nullptr) {
        execl(options_.verifier.c_str(), options_.verifier.c_str(), options_.scratch.c_str(), "--vkey", tenant_.vkey.c_str(), nullptr);
      }
      _exit(127);
    }
    int status = 0;
    rusage used{};
    if (wait4(child, &status, 0, &used) != child || status != 0) {
      std::fprintf(stderr, "bench: candor-verify does not say that the bundle is intact\n");
      std::exit(1);
    }
    verifier_memory_ = std::max(verifier_memory_, static_cast<double>(used.ru_maxrss) / 1024);
    return MillisSince(begin) / 1000;
  }

  double Hash() const {
    const auto begin = Clock::now();
    std::ifstream file(options_.scratch, std::ios::binary);
    std::string buffer(1 << 16, '\0');
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
      if (crypto::Sha256(AsBytes(buffer).first(static_cast<std::size_t>(file.gcount()))) == Digest()) std::exit(1);
    }
    return MillisSince(begin) / 1000;
  }

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const Tenant tenant_;
  const std::string officer_;
  const std::unique_ptr<v1::AuditService::Stub> audit_;
  std::uint64_t size_ = 0, bytes_ = 0;
  std::map<std::string, std::vector<double>> searches_;
  std::vector<double> dossiers_, alone_, beside_, export_, copy_, verify_, hash_;
  double memory_ = 0, verifier_memory_ = 0;
};

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  candor::bench::Options options;
  const std::map<std::string, std::string*> texts = {
      {"--server", &options.server}, {"--operator-key-file", &options.operator_key_file}, {"--database", &options.database},
      {"--pid", &options.pid}, {"--verifier", &options.verifier}, {"--scratch", &options.scratch}, {"--json", &options.json}};
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
