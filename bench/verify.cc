// candor_bench_verify: what a full verification costs, on one thread, held against reading
// and hashing the same bytes: from PostgreSQL, by `candor verify ledger`, and from a flat
// file, by services/verify alone. `bench/run` calls it.
//
// Checked in both: leaf hashes, chain, tree, tiles, every column, sections opened and held
// against their commitments, the checkpoint's signature.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/load.h"
#include "clients/cli/ledger_database.h"
#include "clients/cli/ledger_workers.h"
#include "services/base/status.h"
#include "services/core/commit/section.h"
#include "services/core/merkle/tree_hash.h"
#include "services/crypto/sha256.h"
#include "services/store/reader.h"
#include "services/vault/sections.h"
#include "services/verify/ledger.h"

namespace candor::bench {
namespace {

struct Options {
  std::string database, origin, keys, candor, scratch, json;
  int rounds = 3;
};

// The rows in one file: a byte for the kind, eight fixed columns, then bytes with their length.
enum Kind : char { kEntry = 'e', kSealed = 's', kTile = 't' };

class Writer {
 public:
  explicit Writer(const std::string& path) : file_(path, std::ios::binary) {}
  void Byte(char byte) { file_.put(byte); }
  void Number(std::uint64_t number) { file_.write(reinterpret_cast<const char*>(&number), sizeof number); }
  void Text(BytesView bytes) {
    Number(bytes.size());
    file_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  void Id(const std::optional<Uuid>& id) { Text(id ? id->view() : BytesView()); }

 private:
  std::ofstream file_;
};

class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  bool more() const { return !rest_.empty(); }
  char Byte() { return Take(1)[0]; }
  std::uint64_t Number() {
    std::uint64_t number = 0;
    std::memcpy(&number, Take(sizeof number).data(), sizeof number);
    return number;
  }
  BytesView Text() { return AsBytes(Take(Number())); }
  std::optional<Uuid> Id() {
    const BytesView bytes = Text();
    if (bytes.empty()) return std::nullopt;
    Uuid id;
    std::copy_n(bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
  }

 private:
  std::string_view Take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
};

std::uint64_t Micros(const std::optional<absl::Time>& time) {
  return time ? static_cast<std::uint64_t>(absl::ToUnixMicros(*time)) : 0;
}
std::optional<absl::Time> Time(std::uint64_t micros) {
  if (micros == 0) return std::nullopt;
  return absl::FromUnixMicros(static_cast<std::int64_t>(micros));
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::string bytes(static_cast<std::size_t>(file.tellg()), '\0');
  file.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "bench: %s\n", std::string(status.message()).c_str());
  std::exit(1);
}
template <typename T>
T Must(absl::StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), database_(Must(cli::LedgerDatabase::Open(options.database, options.origin))),
        published_(Must(database_.Published())), head_(Must(database_.Head())) {
    Save();
  }

  void Measure() {
    for (int round = 0; round < options_.rounds; ++round) {
      Time("verify from PostgreSQL", [this] { VerifyFromPostgres(); });
      Time("read from PostgreSQL and hash", [this] { HashFromPostgres(); });
      Time("verify from a flat file", [this] { VerifyFlat(); });
      Time("read a flat file and hash", [this] { HashFlat(); });
    }
  }

  void Print() {
    std::printf("\n%-44s %12s   leaves a second, one thread, of %.0f leaves, %.0f MiB\n", "", "", Leaves(),
                static_cast<double>(bytes_) / (1 << 20));
    for (const auto& [name, seconds] : seconds_) std::printf("%-44s %12.0f\n", name.c_str(), Rate(name));
    std::ostringstream json;
    const auto row = [&](const char* name, const char* value, const char* limit) {
      bench::Print({name, Rate(value), Rate(limit), Rate(value) / Rate(limit), 0.5, 0.8}, json);
    };
    row("verification from PostgreSQL / reading and hashing", "verify from PostgreSQL", "read from PostgreSQL and hash");
    row("verification from a flat file / reading and hashing", "verify from a flat file", "read a flat file and hash");
    if (!options_.json.empty()) std::ofstream(options_.json, std::ios::app) << json.str();
  }

 private:
  double Leaves() const { return static_cast<double>(head_.size); }

  void Time(const std::string& name, const std::function<void()>& run) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    seconds_[name].push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  double Rate(const std::string& name) const {
    std::vector<double> all = seconds_.at(name);
    std::sort(all.begin(), all.end());
    return Leaves() / all[all.size() / 2];
  }

  // Rows in the order in which a verification takes them, and the keys that open them.
  void Save() {
    const auto keyring = Must(database_.OpenKeyring(options_.keys, clock_));
    Writer file(options_.scratch);
    const Uuid& tenant = database_.tenant().tenant_id;
    Must(store::StreamTiles(database_.address(), tenant, [&](const store::StoredTile& tile) {
      file.Byte(kTile);
      file.Number(static_cast<std::uint64_t>(tile.level));
      file.Number(tile.index);
      file.Text(tile.hashes);
      file.Text(tile.root);
      return absl::OkStatus();
    }));
    struct Box {
      store::Handle handle;
      Bytes sections;
    };
    constexpr std::uint64_t kPage = 10000;
    for (std::uint64_t first = 0; first < head_.size; first += kPage) {
      std::multimap<std::uint64_t, Box> boxes;
      Must(store::StreamSealed(database_.address(), tenant, first, first + kPage, [&](const store::StoredSections& row) {
        Box box{.handle = {}, .sections = Bytes(row.sections.begin(), row.sections.end())};
        std::copy_n(row.handle.begin(), box.handle.size(), box.handle.begin());
        if (!data_keys_.contains(box.handle)) {
          data_keys_.emplace(box.handle, Must(keyring->UnwrapKey(*row.key)));
        }
        boxes.emplace(row.position, std::move(box));
        return absl::OkStatus();
      }));
      Must(store::StreamEntries(database_.address(), tenant, first, std::min(first + kPage, head_.size),
                                [&](const store::StoredEntry& entry) {
        file.Byte(kEntry);
        file.Number(entry.position);
        file.Text(entry.leaf);
        file.Text(entry.leaf_hash);
        file.Text(entry.chain_hash);
        for (const auto& id : {entry.leaf_id, entry.request_id, entry.decision_id, entry.closes_id, entry.epoch}) file.Id(id);
        file.Number(static_cast<std::uint64_t>(entry.verdict.value_or(0)));
        file.Number(static_cast<std::uint64_t>(entry.seq.value_or(0)));
        file.Number(Micros(entry.expire_time));
        file.Number(Micros(entry.due_time));
        const auto [begin, end] = boxes.equal_range(entry.position);
        for (auto box = begin; box != end; ++box) {
          file.Byte(kSealed);
          file.Text(box->second.handle);
          file.Text(box->second.sections);
        }
        return absl::OkStatus();
      }));
    }
  }

  void VerifyFromPostgres() {
    const std::vector<std::string> command = {options_.candor, "verify", "ledger", "--database", options_.database,
                                              "--origin", options_.origin, "--keys", options_.keys, "--threads", "1"};
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> words;
      for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
      words.push_back(nullptr);
      if (std::freopen("/dev/null", "w", stdout) != nullptr) execv(words[0], words.data());
      _exit(127);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) {
      Must(absl::InternalError("candor verify ledger does not say that the ledger is intact"));
    }
  }

  void HashFromPostgres() {
    const Uuid& tenant = database_.tenant().tenant_id;
    std::uint64_t bytes = 0;
    const auto hash = [&](std::initializer_list<BytesView> columns) {
      for (const BytesView column : columns) bytes += column.size();
      crypto::Sha256(columns);
      return absl::OkStatus();
    };
    Must(store::StreamEntries(database_.address(), tenant, 0, head_.size, [&](const store::StoredEntry& entry) {
      return hash({entry.leaf, entry.leaf_hash, entry.chain_hash});
    }));
    Must(store::StreamSealed(database_.address(), tenant, 0, head_.size,
                             [&](const store::StoredSections& row) { return hash({row.handle, row.sections}); }));
    Must(store::StreamTiles(database_.address(), tenant,
                            [&](const store::StoredTile& tile) { return hash({tile.hashes, tile.root}); }));
    bytes_ = bytes;
  }

  void VerifyFlat() {
    const std::string file = ReadWhole(options_.scratch);
    Reader rows(file);
    verify::LedgerCheck check({.origin = options_.origin, .sizes = {published_.size}, .with_sections = true});
    std::vector<verify::KeyChange> keys;
    Uuid leaf_id;
    std::uint64_t position = 0;
    while (rows.more()) {
      switch (rows.Byte()) {
        case kTile: {
          verify::TileRow tile{.level = static_cast<int>(rows.Number()), .index = rows.Number()};
          tile.hashes = rows.Text();
          tile.root = rows.Text();
          check.Tile(tile);
          break;
        }
        case kEntry: {
          verify::EntryRow row{.position = rows.Number()};
          row.leaf = rows.Text();
          row.leaf_hash = rows.Text();
          row.chain_hash = rows.Text();
          row.leaf_id = rows.Id();
          row.request_id = rows.Id();
          row.decision_id = rows.Id();
          row.closes_id = rows.Id();
          row.epoch = rows.Id();
          if (const auto verdict = rows.Number()) row.verdict = static_cast<int>(verdict);
          if (const auto seq = rows.Number()) row.seq = static_cast<std::int64_t>(seq);
          row.expire_time = bench::Time(rows.Number());
          row.due_time = bench::Time(rows.Number());
          leaf_id = row.leaf_id.value_or(Uuid());
          position = row.position;
          check.Entry(row);
          for (auto& change : cli::KeyChangesIn(AsText(row.leaf), row.position)) keys.push_back(std::move(change));
          break;
        }
        case kSealed: {
          store::Handle handle;
          std::copy_n(rows.Text().begin(), handle.size(), handle.begin());
          const auto sections = Must(vault::SplitBox(rows.Text()));
          const std::string leaf_text = leaf_id.ToText();
          for (const auto& [name, sealed] : sections) {
            const auto opened = Must(core::OpenSection(
                data_keys_.at(handle), {.origin = options_.origin, .leaf_id = leaf_text, .name = name}, sealed));
            check.Section({.position = position, .name = name, .salt = opened.salt.view(), .bytes = opened.bytes});
          }
          break;
        }
      }
    }
    const verify::Report report = check.Finish(published_.note, cli::AnnouncedKeys(keys));
    if (!report.intact() || !report.checkpoint) {
      Must(absl::InternalError(report.findings.empty() ? "no checkpoint" : report.findings[0].what));
    }
  }

  void HashFlat() { crypto::Sha256(AsBytes(ReadWhole(options_.scratch))); }

  const Options options_;
  SystemClock clock_;
  cli::LedgerDatabase database_;
  const store::PublishedCheckpoint published_;
  const store::Head head_;
  std::map<store::Handle, crypto::Key> data_keys_;
  std::map<std::string, std::vector<double>> seconds_;
  std::uint64_t bytes_ = 0;
};

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  candor::bench::Options options;
  const std::map<std::string, std::string*> texts = {
      {"--database", &options.database}, {"--origin", &options.origin},   {"--keys", &options.keys},
      {"--candor", &options.candor},     {"--scratch", &options.scratch}, {"--json", &options.json}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (const auto text = texts.find(name); text != texts.end()) *text->second = argv[i + 1];
    if (name == "--rounds") options.rounds = std::atoi(argv[i + 1]);
  }
  candor::bench::Bench bench(options);
  bench.Measure();
  bench.Print();
  return 0;
}
