// Audit bundles: a part of the ledger with all that proves it, to be checked without us.
//
// The export is a leaf, and the bundle is about the checkpoint right after it: so the same
// request makes the same bytes, whenever it is repeated, unless somebody was erased since.
//
// Thread-safe. Memory does not grow with the range, but with the number of erased leaves and
// the policy sets that leaves name.
// Source: ledger format, sections 7 and 10.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/core/bundle/manifest.h"
#include "services/domain/grants.h"
#include "services/flow/entries.h"
#include "services/flow/policy_sets.h"
#include "services/flow/search_book.h"
#include "services/ledger/ledgers.h"

namespace candor::flow {

// What a bundle holds, for the part of it that people read.
struct BundleSummary {
  core::Checkpoint checkpoint;
  absl::Time time;  // Of the export.
  std::string asked_by, asked_what, grant;  // The grant's id, if there was one.
  std::vector<core::PositionRange> ranges;
  std::map<std::string, std::uint64_t> types;     // Leaves, by type.
  std::map<std::string, std::uint64_t> withheld;  // Sections, by reason.
  std::uint64_t leaves = 0, shown = 0;
  std::string ledger_key, bundle_key;
  std::size_t policies = 0;  // Sets.
};

class Export {
 public:
  // All must outlive this. `writers` read sealed rows, sessions of their own at `bulk` leaves.
  Export(ledger::Ledgers& ledgers, ledger::Appender& appender, PolicySets& sets, SearchBook& book, store::Address bulk,
         store::Pool& writers, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), sets_(sets), book_(book), bulk_(std::move(bulk)), writers_(writers), clock_(clock) {}

  struct Asked {
    std::uint64_t first = 0, end = 0;  // Positions [first, end); end 0: up to the export itself.
    std::uint64_t known_size = 0;      // Of a checkpoint that the recipient holds; 0: none.
    std::set<std::string> sections{};  // To open, by their names.
    std::optional<Uuid> grant{};       // That it rests on: nothing outside of `scope` is given.
    domain::GrantScope scope{};
    std::string filter{};              // Only decisions that it finds, without a grant; empty: all.
    std::uint64_t from_byte = 0;       // What the recipient has of the same bundle already.
  };
  // Makes `report/index.html`.
  using Page = std::function<std::string(const BundleSummary&)>;
  // Takes the bytes of the tar in order; an error ends the export.
  using Sink = std::function<absl::Status(std::string_view)>;

  struct Done {
    ledger::Receipt receipt;  // Of the leaf that says who took what.
    Digest digest;            // SHA-256 of the whole tar.
  };
  // Errors: kInvalidArgument for a range that is not there, or a filter that does not parse; kUnavailable when the
  // ledger could not be read on to the export in time; kFailedPrecondition: ERASED when
  // somebody was erased while or since, EXPIRED when the ledger's key changed since; as
  // Appender::Append; those of the sink.
  absl::StatusOr<Done> Run(const domain::Caller& caller, domain::Statement statement, const Asked& asked,
                           const Page& page, const Sink& sink);

 private:
  // The leaf that announces the key for bundles, written before the first of them.
  absl::StatusOr<std::uint64_t> Announce(const std::shared_ptr<ledger::Ledger>& ledger);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  PolicySets& sets_;
  SearchBook& book_;
  const store::Address bulk_;
  store::Pool& writers_;
  const Clock& clock_;
};

}  // namespace candor::flow
