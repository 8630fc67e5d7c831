// candor show: one decision with its whole story, out of the leaves.

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "candor/v1/ledger_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/program.h"
#include "clients/cli/verdict.h"
#include "clients/cli/verify_bundle.h"
#include "services/base/clock.h"
#include "services/base/id.h"
#include "services/core/leaf/leaf.h"
#include "services/verify/facts.h"
#include "services/verify/receipt.h"

namespace candor::cli {
namespace {

using LedgerStub = v1::LedgerService::Stub;

struct ShowFlags {
  std::string id, vkey_file;
  std::vector<std::string> vkeys;
};

// The time in an id of version 7, with room for clocks that differ a little.
absl::Time EarliestOf(const Uuid& id) {
  std::int64_t milliseconds = 0;
  for (int i = 0; i < 6; ++i) milliseconds = milliseconds * 256 + id.bytes[i];
  return absl::FromUnixMillis(milliseconds) - absl::Seconds(2);
}

// One leaf of the story.
struct Chapter {
  std::uint64_t position = 0;
  std::string bytes;
  core::Leaf leaf;
  std::uint64_t checkpoint_size = 0;
  std::vector<verify::Finding> findings;  // Of its receipt; none: it is intact.
  std::vector<std::string> erased;        // Sections that were destroyed, each proved.
};

struct Tale {
  std::string decision;
  std::vector<Chapter> chapters;
  std::uint64_t size = 0;
};

class Teller {
 public:
  Teller(const Connection& connection, std::vector<core::VerifierKey> keys, Output& out)
      : connection_(connection),
        stub_(connection.Stub<v1::LedgerService>()),
        keys_(std::move(keys)),
        out_(out) {}

  // Errors: kFailedPrecondition where no leaf belongs to the id; those of the calls.
  absl::StatusOr<Tale> Tell(const std::string& id) {
    CANDOR_RETURN_IF_ERROR(ReadHead());
    CANDOR_ASSIGN_OR_RETURN(tale_.decision, DecisionOf(id));
    const auto decision = Uuid::FromText(tale_.decision);
    CANDOR_ASSIGN_OR_RETURN(const std::uint64_t first, FirstSince(EarliestOf(*decision)));
    CANDOR_RETURN_IF_ERROR(Gather(first));
    if (tale_.chapters.empty()) {
      return Unusable("no leaf of this ledger belongs to " + id,
                      "give a decision id, or the id of one of its leaves; and the key of its tenant");
    }
    for (Chapter& chapter : tale_.chapters) CANDOR_RETURN_IF_ERROR(Check(chapter));
    return std::move(tale_);
  }

 private:
  absl::Status ReadHead() {
    v1::GetCheckpointResponse response;
    CANDOR_RETURN_IF_ERROR(connection_.Call([&](grpc::ClientContext* context) {
      return stub_->GetCheckpoint(context, v1::GetCheckpointRequest(), &response);
    }));
    tale_.size = response.checkpoint().size();
    if (!keys_.empty()) return absl::OkStatus();
    CANDOR_ASSIGN_OR_RETURN(keys_, ReadKeys({response.vkey()}, ""));
    out_.Note("receipts are checked with the key that the server itself names; to trust more than "
              "the server, give --vkey-file");
    return absl::OkStatus();
  }

  // The decision that a leaf of this id belongs to, or the id itself.
  absl::StatusOr<std::string> DecisionOf(const std::string& id) {
    if (const auto uuid = Uuid::FromText(id); !uuid || uuid->version() != 7) {
      return Unusable("`" + Printable(id) + "` is not an id of the ledger",
                      "give a decision id as an answer holds it: a UUID of version 7");
    }
    v1::GetReceiptRequest request;
    request.set_leaf_id(id);
    v1::GetReceiptResponse response;
    const absl::Status status = connection_.Call(
        [&](grpc::ClientContext* context) { return stub_->GetReceipt(context, request, &response); });
    if (absl::IsNotFound(status)) return id;
    CANDOR_RETURN_IF_ERROR(status);
    const auto leaf = core::ParseLeaf(response.receipt().leaf());
    return leaf.ok() && leaf->decision ? leaf->decision->ToText() : id;
  }

  absl::StatusOr<v1::ListLeavesResponse> Page(const v1::ListLeavesRequest& request) {
    v1::ListLeavesResponse page;
    CANDOR_RETURN_IF_ERROR(connection_.Call(
        [&](grpc::ClientContext* context) { return stub_->ListLeaves(context, request, &page); }));
    return page;
  }

  // The first position whose leaf is not older; times never go backwards in a ledger.
  absl::StatusOr<std::uint64_t> FirstSince(absl::Time time) {
    std::uint64_t low = 0, high = tale_.size;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      v1::ListLeavesRequest request;
      request.set_first_position(middle);
      request.set_end_position(middle + 1);
      CANDOR_ASSIGN_OR_RETURN(const v1::ListLeavesResponse page, Page(request));
      if (page.leaves_size() == 0) break;
      const auto leaf = core::ParseLeaf(page.leaves(0).leaf());
      // What cannot be read cannot be skipped either.
      if (!leaf.ok()) break;
      if (leaf->time < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  absl::Status Gather(std::uint64_t first) {
    v1::ListLeavesRequest request;
    request.set_first_position(first);
    request.set_end_position(tale_.size);
    request.set_page_size(1000);
    if (first >= tale_.size) return absl::OkStatus();
    do {
      CANDOR_ASSIGN_OR_RETURN(const v1::ListLeavesResponse page, Page(request));
      for (const v1::Leaf& leaf : page.leaves()) {
        // A leaf that does not hold the id anywhere cannot belong to it.
        if (leaf.leaf().find(tale_.decision) == std::string::npos) continue;
        auto parsed = core::ParseLeaf(leaf.leaf());
        if (!parsed.ok() || !parsed->decision || parsed->decision->ToText() != tale_.decision) continue;
        tale_.chapters.push_back({.position = leaf.position(),
                                  .bytes = leaf.leaf(),
                                  .leaf = *std::move(parsed),
                                  .findings = {},
                                  .erased = {}});
      }
      if (page.leaves_size() > 0) {
        const std::uint64_t at = page.leaves(page.leaves_size() - 1).position() + 1;
        out_.Progress("read " + WithCommas(at - first) + " of " + WithCommas(tale_.size - first) +
                      " leaves");
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    out_.Progress({});
    return absl::OkStatus();
  }

  absl::Status Check(Chapter& chapter) {
    v1::GetReceiptRequest request;
    request.set_position(chapter.position);
    v1::GetReceiptResponse response;
    CANDOR_RETURN_IF_ERROR(connection_.Call(
        [&](grpc::ClientContext* context) { return stub_->GetReceipt(context, request, &response); }));
    const verify::ReceiptVerdict verdict =
        verify::VerifyReceipt(chapter.bytes, response.receipt().proof(), keys_);
    chapter.checkpoint_size = verdict.checkpoint.size;
    chapter.findings = verdict.findings;
    if (verdict.intact && verdict.position != chapter.position) {
      chapter.findings.push_back(
          {.table = "receipt", .position = chapter.position, .what = "is of another position"});
    }
    for (const v1::ErasedSection& erased : response.erased()) CANDOR_RETURN_IF_ERROR(CheckErased(erased, chapter));
    return absl::OkStatus();
  }

  // The erasure leaf, under a good receipt of its own, counts the section's item.
  absl::Status CheckErased(const v1::ErasedSection& erased, Chapter& chapter) {
    v1::GetReceiptRequest request;
    request.set_position(erased.erasure_position());
    v1::GetReceiptResponse response;
    CANDOR_RETURN_IF_ERROR(connection_.Call(
        [&](grpc::ClientContext* context) { return stub_->GetReceipt(context, request, &response); }));
    const verify::ReceiptVerdict verdict =
        verify::VerifyReceipt(response.receipt().leaf(), response.receipt().proof(), keys_);
    const auto leaf = core::ParseLeaf(response.receipt().leaf());
    const auto facts = leaf.ok() ? verify::ReadFacts(*leaf, verdict.position)
                                 : absl::StatusOr<verify::Facts>(leaf.status());
    const auto k = Digest::FromBytes(AsBytes(erased.k()));
    core::ErasureProof proof{.index = erased.index(), .path = {}};
    for (const std::string& hash : erased.path()) {
      if (const auto digest = Digest::FromBytes(AsBytes(hash))) proof.path.push_back(*digest);
    }
    const bool later = verdict.intact && verdict.position == erased.erasure_position() && verdict.position > chapter.position;
    if (later && k && facts.ok() && facts->erasure &&
        core::VerifyErased(core::ErasureItem(*k, chapter.leaf.id.ToText(), erased.section()), proof, *facts->erasure).ok()) {
      chapter.erased.push_back(erased.section());
    } else {
      chapter.findings.push_back({.table = "sealed", .position = chapter.position, .column = "sections",
                                  .what = Printable(erased.section()) + ": its proof of erasure does not hold"});
    }
    return absl::OkStatus();
  }

  const Connection& connection_;
  const std::unique_ptr<LedgerStub> stub_;
  std::vector<core::VerifierKey> keys_;
  Output& out_;
  Tale tale_;
};

std::string FactOf(const core::Leaf& leaf, const char* name) {
  const std::string* const text = leaf.facts.FindString(name);
  return text == nullptr ? std::string() : Printable(*text);
}

// What happened, in one line.
std::string TitleOf(const core::Leaf& leaf) {
  const std::string verdict = FactOf(leaf, "verdict"), outcome = FactOf(leaf, "outcome");
  if (leaf.type == "authorization") return "Asked before acting; the answer was " + verdict;
  if (leaf.type == "outcome") return "Decided: " + outcome;
  if (leaf.type == "correction") return "Corrected: " + outcome;
  if (leaf.type == "result") return "What became known later";
  if (leaf.type == "notice") return "A notice was given";
  if (leaf.type == "cancellation") return "The authorization was given up";
  if (leaf.type == "erasure") return "A person was erased";
  if (leaf.type == "outcome_missing") return "No outcome had come when it was due";
  return "A leaf of type " + Printable(leaf.type);
}

const char* MeaningOf(const std::string& mark) {
  if (mark == "against_verdict") return "it was denied before";
  if (mark == "late") return "it came after it was due";
  if (mark == "observed") return "nobody asked before";
  if (mark == "reasons_missing") return "it is adverse, and no reasons were given";
  if (mark == "unauthorized") return "its authorization is unknown, used, cancelled or expired";
  if (mark == "unresolved") return "no human had resolved the escalation";
  return "";
}

std::string Words(const core::Json& value) {
  if (value.is_string()) return Printable(value.string());
  if (!value.is_array() && !value.is_object()) return value.is_bool() ? (value.boolean() ? "yes" : "no") : value.Encode();
  std::string text;
  if (value.is_array()) {
    for (const core::Json& item : value.items()) text += (text.empty() ? "" : ", ") + Words(item);
    return text;
  }
  for (const auto& [name, member] : value.members()) {
    text += (text.empty() ? "" : ", ") + name + " " + Words(member);
  }
  return text;
}

// Facts that the title says, or that only programs compare.
bool IsToldElsewhere(const core::Leaf& leaf, const std::string& fact) {
  static const std::set<std::string> kOf = {"policy_digest"};
  if (kOf.contains(fact)) return true;
  if (fact == "verdict") return leaf.type == "authorization" || leaf.facts.FindString("authorization");
  return fact == "outcome" && (leaf.type == "outcome" || leaf.type == "correction");
}

std::string CallerOf(const core::Leaf& leaf) {
  if (leaf.caller_kind == "human") return "a human; who it was is sealed in caller";
  return leaf.caller_kind + " " + Printable(leaf.caller_id);
}

std::string ReceiptOf(const Chapter& chapter, const Output& out) {
  if (chapter.findings.empty()) {
    return out.Good("intact") + ", under the signed checkpoint of size " +
           WithCommas(chapter.checkpoint_size);
  }
  return out.Bad("NOT intact") + ": " + chapter.findings.front().table + " " +
         chapter.findings.front().column + " " + chapter.findings.front().what;
}

void Print(const Chapter& chapter, const Tale& tale, Output& out) {
  const core::Leaf& leaf = chapter.leaf;
  out.Line();
  out.Line(ToRfc3339(leaf.time) + "  " + TitleOf(leaf));
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"  position", WithCommas(chapter.position)},
      {"  leaf", leaf.type + " " + leaf.id.ToText()},
      {"  caller", CallerOf(leaf)}};
  if (leaf.producer) {
    pairs.emplace_back("  producer", "call " + std::to_string(leaf.producer->seq) + " of " +
                                         Printable(leaf.producer->id) + ", start " + leaf.producer->epoch.ToText());
  }
  for (const std::string& mark : leaf.marks) {
    const std::string meaning = MeaningOf(mark);
    pairs.emplace_back("  marked", out.Odd(mark) + (meaning.empty() ? "" : ": " + meaning));
  }
  for (const Chapter& other : tale.chapters) {
    if (leaf.amends && other.leaf.id == *leaf.amends) {
      pairs.emplace_back("  corrects", "the " + other.leaf.type + " at position " + WithCommas(other.position));
    }
  }
  if (leaf.facts.is_object()) {
    for (const auto& [name, value] : leaf.facts.members()) {
      if (!IsToldElsewhere(leaf, name)) {
        pairs.emplace_back("  " + absl::StrReplaceAll(name, {{"_", " "}}), Words(value));
      }
    }
  }
  std::string sealed;
  std::string erased;
  for (const auto& [name, commitment] : leaf.sections) {
    const bool gone = std::find(chapter.erased.begin(), chapter.erased.end(), name) != chapter.erased.end();
    std::string& list = gone ? erased : sealed;
    list += (list.empty() ? "" : ", ") + Printable(name);
  }
  if (!erased.empty()) pairs.emplace_back("  erased", out.Odd(erased) + " (destroyed for good, and that is proved)");
  if (!sealed.empty()) pairs.emplace_back("  sealed", sealed + " (committed to here, readable only with the key)");
  pairs.emplace_back("  receipt", ReceiptOf(chapter, out));
  out.Pairs(pairs);
}

// How the story stands: what the last of its leaves leave open.
std::string StateOf(const Tale& tale) {
  std::string due;
  bool missing = false, decided = false, cancelled = false;
  std::set<std::string> marks;
  for (const Chapter& chapter : tale.chapters) {
    const core::Leaf& leaf = chapter.leaf;
    if (leaf.type == "authorization") due = FactOf(leaf, "outcome_due");
    if (leaf.type == "outcome_missing") missing = true;
    if (leaf.type == "cancellation") cancelled = true;
    if (leaf.type == "outcome" || leaf.type == "correction") {
      decided = true;
      marks.insert(leaf.marks.begin(), leaf.marks.end());
    }
  }
  if (decided && marks.empty()) return "an outcome is recorded, and it fits what was authorized";
  if (decided) {
    std::string text;
    for (const std::string& mark : marks) text += (text.empty() ? "" : ", ") + Printable(mark);
    return "an outcome is recorded, marked " + text;
  }
  if (cancelled) return "cancelled; no outcome is waited for";
  if (missing) return "no outcome came until it was due; it may still follow";
  return due.empty() ? "no outcome is recorded, and none was permitted"
                     : "no outcome yet; it is due by " + due;
}

std::string ErasedJson(const Chapter& chapter) {
  core::Json list = core::Json::Array();
  for (const std::string& name : chapter.erased) list.Append(Printable(name));
  return list.Encode();
}

std::string TaleJson(const Tale& tale, bool intact) {
  std::string text = R"({"decision":")" + tale.decision + R"(","state":")" + StateOf(tale) +
                     R"(","intact":)" + (intact ? "true" : "false") + R"(,"ledger_size":)" +
                     std::to_string(tale.size) + R"(,"leaves":[)";
  for (const Chapter& chapter : tale.chapters) {
    if (text.back() != '[') text += ',';
    text += R"({"position":)" + std::to_string(chapter.position) + R"(,"intact":)" +
            (chapter.findings.empty() ? "true" : "false") + R"(,"checkpoint_size":)" +
            std::to_string(chapter.checkpoint_size) + R"(,"erased":)" + ErasedJson(chapter) + R"(,"leaf":)" + chapter.bytes + "}";
  }
  return text + "]}";
}

absl::StatusOr<int> Show(const ShowFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(auto keys, ReadKeys(flags.vkeys, flags.vkey_file));
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const Tale tale, Teller(connection, std::move(keys), out).Tell(flags.id));
  std::size_t intact = 0;
  for (const Chapter& chapter : tale.chapters) intact += chapter.findings.empty() ? 1 : 0;
  const bool all_intact = intact == tale.chapters.size();
  if (out.json()) {
    out.Line(TaleJson(tale, all_intact));
    return all_intact ? kDone : kRefused;
  }
  const core::Leaf& first = tale.chapters.front().leaf;
  out.Pairs({{"decision", tale.decision},
             {"ledger", Printable(first.ledger)},
             {"system", FactOf(first, "system")},
             {"action", FactOf(first, "action")},
             {"state", StateOf(tale)}});
  for (const Chapter& chapter : tale.chapters) Print(chapter, tale, out);
  out.Line();
  out.Line(WithCommas(tale.chapters.size()) + " leaves, " + WithCommas(intact) + " of them with an intact receipt, among " +
           WithCommas(tale.size) + " of the ledger.");
  return all_intact ? kDone : kRefused;
}

}  // namespace

void AddShow(CLI::App& app, Program& program) {
  CLI::App& command =
      *app.add_subcommand("show", "Show one decision with its whole story, and check each receipt");
  command.footer(
      "Reads what lies in the ledger after the decision began, by the roles compliance, regulator "
      "or\ntenant's system. Shows facts; what is sealed is only named. Exit status 1: a receipt is "
      "not intact.\n");
  ShowFlags& flags = Runs(command, program, &Show);
  command
      .add_option("DECISION", flags.id,
                  "Id of the decision, or of a leaf of it, such as an authorization or outcome id")
      ->required();
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  AddServerFlags(command, program);
}

}  // namespace candor::cli
