// mortgage_scorecard: an AI component as a client of Candor. Takes every application of
// mortgages.csv through Authorize, Record and RecordResult.
//
// It may be killed at any moment and started again from the beginning: what was done is
// not done twice. Exit status: 0 when every application was taken through, 1 when not,
// 2 for a wrong command line.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/mortgages/applications.h"
#include "examples/mortgages/card.h"
#include "examples/mortgages/component.h"
#include "examples/mortgages/gate.h"
#include "examples/mortgages/requests.h"

namespace mortgages {
namespace {

constexpr char kUsage[] =
    R"(Usage: mortgage_scorecard --server HOST:PORT --key-file FILE --data CSV --card JSON
                          [--in-flight 32] [--receipts DIR] [--summary FILE]
                          [--limit N | --only N]

  --server      where candord listens
  --key-file    a file that holds the component's API key
  --data        the applications, such as examples/mortgages/mortgages.csv
  --card        the scorecard, such as examples/mortgages/scorecard.json
  --in-flight   how many applications are under way at once, 1 to 1,000
  --receipts    a folder for the receipts: <id>.leaf.json and <id>.tlog-proof
  --summary     a file for the counts, as JSON
  --limit       takes only the first N applications
  --only        takes only application N
)";

struct Options {
  std::string server, key_file, data, card, receipts, summary;
  int in_flight = 32;
  std::uint32_t limit = 0, only = 0;  // Zero: all.
};

absl::StatusOr<Options> Parse(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::string*> texts = {
      {"--server", &options.server},     {"--key-file", &options.key_file},
      {"--data", &options.data},         {"--card", &options.card},
      {"--receipts", &options.receipts}, {"--summary", &options.summary}};
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) return absl::InvalidArgumentError(absl::StrCat(name, " needs a value"));
    const std::string value = argv[i + 1];
    bool good = true;
    if (const auto text = texts.find(name); text != texts.end()) {
      *text->second = value;
    } else if (name == "--in-flight") {
      good = absl::SimpleAtoi(value, &options.in_flight) && options.in_flight >= 1 &&
             options.in_flight <= 1000;
    } else if (name == "--limit") {
      good = absl::SimpleAtoi(value, &options.limit) && options.limit > 0;
    } else if (name == "--only") {
      good = absl::SimpleAtoi(value, &options.only) && options.only > 0;
    } else {
      return absl::InvalidArgumentError(absl::StrCat("unknown option ", name));
    }
    if (!good) return absl::InvalidArgumentError(absl::StrCat(name, " cannot be ", value));
  }
  if (options.server.empty() || options.key_file.empty() || options.data.empty() ||
      options.card.empty()) {
    return absl::InvalidArgumentError("--server, --key-file, --data and --card are needed");
  }
  return options;
}

absl::StatusOr<std::string> ReadKey(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string key(absl::StripAsciiWhitespace(text.str()));
  if (!file || key.empty()) return absl::NotFoundError(absl::StrCat("no API key in ", path));
  return key;
}

std::string WithCommas(std::uint64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

// Shows how far the component is, until `total` or until stopped: a bar on a terminal,
// a line every tenth elsewhere.
void ShowProgress(std::stop_token stop, const Component& component, std::uint64_t total) {
  constexpr int kWidth = 40;
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t shown = 0;
  while (true) {
    const bool last = stop.stop_requested();
    const std::uint64_t done = component.applications_done();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double rate =
        seconds > 0 ? static_cast<double>(component.counts().receipts) / seconds : 0;
    if (terminal) {
      const int filled = static_cast<int>(done * kWidth / total);
      std::string bar;
      for (int i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
      absl::PrintF("\r  %s %s of %s, %s receipts/s ", bar, WithCommas(done), WithCommas(total),
                   WithCommas(static_cast<std::uint64_t>(rate)));
      if (last) absl::PrintF("\n");
    } else if (done * 10 / total > shown) {
      shown = done * 10 / total;
      absl::PrintF("  %3d %%  %s of %s applications\n", static_cast<int>(shown * 10),
                   WithCommas(done), WithCommas(total));
    }
    std::fflush(stdout);
    if (last) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void PrintCounts(const Counts& counts, double seconds) {
  absl::PrintF("  authorized %s, escalated %s, refused %s, recorded %s, results %s\n",
               WithCommas(counts.authorized), WithCommas(counts.escalated),
               WithCommas(counts.refused), WithCommas(counts.recorded), WithCommas(counts.results));
  if (counts.marked > 0) absl::PrintF("  recorded with a mark: %s\n", WithCommas(counts.marked));
  absl::PrintF(
      "  %s receipts in %.1f s: %s receipts/s\n", WithCommas(counts.receipts), seconds,
      WithCommas(static_cast<std::uint64_t>(static_cast<double>(counts.receipts) / seconds)));
}

absl::Status WriteSummary(const std::string& path, const Counts& counts, double seconds) {
  if (path.empty()) return absl::OkStatus();
  std::ofstream file(path, std::ios::trunc);
  file << nlohmann::json{{"authorized", counts.authorized}, {"escalated", counts.escalated},
                         {"refused", counts.refused},       {"recorded", counts.recorded},
                         {"marked", counts.marked},         {"results", counts.results},
                         {"receipts", counts.receipts},     {"seconds", seconds}}
       << "\n";
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

// Says that the job is done, so that a missing call can be named.
absl::Status Close(Gate& gate, std::uint64_t count) {
  const absl::StatusOr<candor::v1::CloseEpochResponse> closed = gate.CloseEpoch(CloseEpoch(count));
  if (!closed.ok()) return closed.status();
  if (closed->missing_count() == 0) {
    absl::PrintF("  the component counted %s calls, and the ledger misses none\n",
                 WithCommas(count));
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat("the ledger misses ", closed->missing_count(), " calls"));
}

absl::Status Work(const Options& options) {
  const absl::StatusOr<std::string> key = ReadKey(options.key_file);
  if (!key.ok()) return key.status();
  const absl::StatusOr<Card> card = Card::Read(options.card);
  if (!card.ok()) return card.status();
  absl::StatusOr<std::vector<Application>> applications = ReadApplications(options.data);
  if (!applications.ok()) return applications.status();
  if (options.only > 0) {
    std::erase_if(*applications, [&](const Application& a) { return a.number != options.only; });
  } else if (options.limit > 0 && options.limit < applications->size()) {
    applications->resize(options.limit);
  }
  if (applications->empty()) return absl::NotFoundError("there is no such application");
  if (!options.receipts.empty()) std::filesystem::create_directories(options.receipts);

  Gate gate(options.server, *key);
  Component component(*card, gate, options.receipts);
  const auto begin = std::chrono::steady_clock::now();
  std::jthread progress(
      [&](std::stop_token stop) { ShowProgress(stop, component, applications->size()); });
  absl::Status status = component.Run(*applications, options.in_flight);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  progress.request_stop();
  progress.join();
  Counts counts = component.counts();
  PrintCounts(counts, taken.count());
  if (status.ok() && options.only == 0 && options.limit == 0) {
    status = Close(gate, applications->size());
    if (status.ok()) ++counts.receipts;
  }
  status.Update(WriteSummary(options.summary, counts, taken.count()));
  return status;
}

}  // namespace
}  // namespace mortgages

int main(int argc, char** argv) {
  if (argc == 2 && absl::string_view(argv[1]) == "--help") {
    std::cout << mortgages::kUsage;
    return 0;
  }
  const absl::StatusOr<mortgages::Options> options = mortgages::Parse(argc, argv);
  if (!options.ok()) {
    std::cerr << options.status().message() << "\n\n" << mortgages::kUsage;
    return 2;
  }
  const absl::Status status = mortgages::Work(*options);
  if (status.ok()) return 0;
  std::cerr << "mortgage_scorecard: " << absl::StatusCodeToString(status.code()) << ": "
            << status.message() << "\n";
  return 1;
}
