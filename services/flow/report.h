// Reports: decisions that somebody asked about, gone through one by one, what the report rests on, and the leaf
// that its making is.
//
// A report is about the ledger below the leaf that says so, so the same request makes the same bytes again; one
// that is broken off leaves nothing. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/core/tlog/checkpoint.h"
#include "services/domain/grants.h"
#include "services/flow/entries.h"
#include "services/flow/registry_book.h"
#include "services/flow/search_book.h"
#include "services/ledger/ledgers.h"
#include "services/vault/opening.h"

namespace candor::flow {

// A decision as far as the report may look: its leaves below the report's size and in the grant's time.
struct SeenDecision {
  store::DecisionRow row;
  struct Seen {
    std::uint64_t position = 0;
    core::Leaf leaf;
    std::string bytes;
  };
  std::vector<Seen> leaves;  // In order; never empty.
};

// What a report rests on.
struct ReportGround {
  std::string origin, ledger_key;
  std::string note;             // The signed checkpoint that the report is about.
  core::Checkpoint checkpoint;
  absl::Time time;              // Of the last leaf under it.
  RegistrySnapshot registry;    // As of that leaf.
  std::set<std::string> systems;  // AI systems of the decisions that fit.
  std::uint64_t looked_at = 0;  // Decisions that began in the time asked for, and the grant covers.
  std::uint64_t decisions = 0;  // Of these, those that fit the filter.
  // What leaves call missing, or out of order, below the checkpoint; under a grant, in what fits alone.
  std::map<std::string, std::uint64_t> findings;  // Types and marks of leaves; `gap` counts numbers.
};

class Reports {
 public:
  // All must outlive this. `writers` read sealed rows.
  Reports(ledger::Ledgers& ledgers, ledger::Appender& appender, RegistryBook& registries, SearchBook& book,
          store::Pool& writers, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), registries_(registries), book_(book), writers_(writers), clock_(clock) {}

  struct Asked {
    store::Condition filter{};
    absl::Time from = absl::InfinitePast(), until = absl::InfiniteFuture();  // When decisions began.
    std::optional<Uuid> grant{};  // That it rests on: nothing outside of `scope` is looked at.
    domain::GrantScope scope{};
  };
  struct Files {
    std::string html, csv, json;
  };
  // How a kind of report is made: `take` gets each decision that fits, the newest first; `make` is called last,
  // and may add facts to the leaf. An error of any ends the report.
  struct Kind {
    std::function<absl::Status(const SeenDecision&, vault::Opening&)> take;
    std::function<absl::StatusOr<Files>(const ReportGround&, core::Json& facts)> make;
    std::function<absl::Status(std::uint64_t looked_at, std::uint64_t total)> progress;
  };
  struct Done {
    Files files;
    Digest digest;  // Of html, csv and json, one after the other.
    ledger::Receipt receipt;
  };
  static constexpr std::size_t kMostBytes = 2 * 1024 * 1024;
  static absl::Status TooLarge();

  // Errors: kInvalidArgument TOO_LARGE; kFailedPrecondition ERASED where a repeated request can't be answered
  // as it was; as Appender::Append; those of the kind.
  absl::StatusOr<Done> Run(const domain::Caller& caller, domain::Statement statement, const Asked& asked,
                           const Kind& kind);

 private:
  class Making;

  // The size that an earlier request of this id was about.
  absl::StatusOr<std::optional<std::uint64_t>> EarlierSize(const Uuid& tenant, const Uuid& request);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  RegistryBook& registries_;
  SearchBook& book_;
  store::Pool& writers_;
  const Clock& clock_;
};

}  // namespace candor::flow
