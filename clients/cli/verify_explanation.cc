#include "clients/cli/verify_explanation.h"

#include <algorithm>
#include <map>
#include <set>

#include "candor/v1/transparency_service.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/files.h"
#include "clients/cli/verdict.h"
#include "clients/cli/verify_bundle.h"
#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/core/commit/section.h"
#include "services/core/tlog/proof.h"
#include "services/verify/receipt.h"

namespace candor::cli {
namespace {

struct ExplanationFlags {
  std::string file, vkey_file, origin;
  std::vector<std::string> vkeys;
};

// What was recorded: every text and number that stands in leaves or opened sections.
void Collect(const core::Json& json, std::set<std::string>& recorded) {
  if (json.is_string()) recorded.insert(json.string());
  if (json.is_int()) recorded.insert(std::to_string(json.integer()));
  if (json.is_array()) {
    for (const core::Json& item : json.items()) Collect(item, recorded);
  }
  if (json.is_object()) {
    for (const auto& [name, member] : json.members()) Collect(member, recorded);
  }
}

// As leaves have it.
std::string TimeOf(const google::protobuf::Timestamp& stamp) {
  return ToRfc3339(absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos()));
}

class ExplanationCheck {
 public:
  ExplanationCheck(const v1::ExplainResponse& answer, const std::vector<core::VerifierKey>& keys, std::string origin)
      : answer_(answer), keys_(keys), origin_(std::move(origin)) {}

  Verdict Run() {
    for (int i = 0; i < answer_.receipts_size(); ++i) CheckReceipt(answer_.receipts(i));
    for (int i = 0; i < answer_.sections_size(); ++i) CheckSection(answer_.sections(i));
    CheckWhatIsSaid();
    verdict_.about = {{"decision", Printable(answer_.decision().decision_id())},
                      {"leaves", std::to_string(leaves_.size())},
                      {"sections shown", std::to_string(shown_)},
                      {"sections withheld", std::to_string(withheld_)},
                      {"values compared", std::to_string(compared_)}};
    verdict_.json.Set("decision", answer_.decision().decision_id());
    verdict_.json.Set("leaves", leaves_.size());
    verdict_.json.Set("sections_shown", shown_);
    verdict_.json.Set("sections_withheld", withheld_);
    verdict_.json.Set("values_compared", compared_);
    if (leaves_.empty()) Add("receipt", {}, "", "there is none");
    if (verdict_.findings.empty()) {
      verdict_.intact = std::to_string(leaves_.size()) + " leaves hash into signed checkpoints, " + std::to_string(shown_) +
                        " sections are those they commit to, and each value shown stands there";
    }
    verdict_.complete = Completeness::NotProvable(
        "what is shown was recorded; plain words are the tenant's own, and leaves may have been left out");
    return std::move(verdict_);
  }

 private:
  void Add(const char* table, std::optional<std::uint64_t> position, std::string column, std::string what) {
    verdict_.findings.push_back({.table = table, .position = position, .column = std::move(column), .what = std::move(what)});
  }

  void CheckReceipt(const v1::Receipt& receipt) {
    verify::ReceiptVerdict found = verify::VerifyReceipt(receipt.leaf(), receipt.proof(), keys_, origin_);
    verdict_.findings.insert(verdict_.findings.end(), found.findings.begin(), found.findings.end());
    verdict_.malformed.insert(verdict_.malformed.end(), found.malformed.begin(), found.malformed.end());
    if (!found.intact || !found.malformed.empty()) return;
    if (verdict_.json.Find("checkpoint") == nullptr) {
      const absl::StatusOr<core::Proof> parts = core::ParseProof(receipt.proof());
      Describe(found.checkpoint, parts.ok() ? SignerOf(parts->checkpoint, keys_) : "", verdict_);
    }
    if (found.position != receipt.position()) Add("receipt", receipt.position(), "position", "is not that of its proof");
    const std::string decision = found.leaf.decision.value_or(found.leaf.id).ToText();
    if (decision != answer_.decision().decision_id()) Add("receipt", found.position, "leaf", "is of another decision");
    Collect(found.leaf.facts, recorded_);
    leaves_.emplace(found.leaf.id.ToText(), std::move(found.leaf));
  }

  void CheckSection(const v1::ShownSection& shown) {
    const v1::Section& section = shown.section();
    const std::string name = Printable(section.name());
    const auto leaf = leaves_.find(shown.leaf_id());
    if (leaf == leaves_.end()) return Add("explanation", {}, name, "belongs to no leaf with a good receipt");
    const auto committed = std::find_if(leaf->second.sections.begin(), leaf->second.sections.end(),
                                        [&](const auto& one) { return one.first == section.name(); });
    if (committed == leaf->second.sections.end()) return Add("explanation", {}, name, "is not in its leaf");
    if (section.withheld() != v1::WITHHELD_REASON_UNSPECIFIED) {
      ++withheld_;
      return;
    }
    const core::SectionOf of = {.origin = leaf->second.ledger, .leaf_id = shown.leaf_id(), .name = section.name()};
    const absl::Status fits = core::CheckSection(of, AsBytes(section.salt()), AsBytes(section.content()), committed->second);
    if (!fits.ok()) return Add("explanation", {}, name, std::string(fits.message()));
    ++shown_;
    if (const auto json = core::ParseCanonical(section.content(), core::JsonKind::kSection); json.ok()) Collect(*json, recorded_);
  }

  void Compare(const std::string& value, const std::string& where) {
    if (value.empty()) return;
    ++compared_;
    if (!recorded_.contains(value)) Add("explanation", {}, where, "was not recorded like this");
  }

  void CompareCase(const v1::Case& one, const std::string& where) {
    Compare(one.answer_text(), where + ".answer_text");
    Compare(one.extend_text(), where + ".extend_text");
    Compare(one.question_text(), where + ".question_text");
    Compare(one.refusal_ground(), where + ".refusal_ground");
    Compare(one.changed_decision_id(), where + ".changed_decision_id");
    Compare(TimeOf(one.due_time()), where + ".due_time");
    Compare(TimeOf(one.legal_due_time()), where + ".legal_due_time");
    if (one.outcome() == v1::CASE_OUTCOME_UNSPECIFIED) return;
    Compare(WordOf(*v1::CaseOutcome_descriptor(), one.outcome()), where + ".outcome");
  }

  // Values of the answer, each as the record has it.
  void CheckWhatIsSaid() {
    Compare(answer_.score(), "score");
    Compare(answer_.score_threshold(), "score_threshold");
    Compare(answer_.text(), "text");
    for (int i = 0; i < answer_.reasons_size(); ++i) {
      const v1::ShownReason& reason = answer_.reasons(i);
      const std::string where = "reasons[" + std::to_string(i) + "]";
      Compare(reason.code(), where + ".code");
      for (const v1::ShownFactor& factor : reason.factors()) {
        Compare(factor.value(), where + ".value");
        Compare(factor.baseline(), where + ".baseline");
        Compare(factor.source_name(), where + ".source_name");
      }
    }
    for (int i = 0; i < answer_.data_size(); ++i) {
      const std::string where = "data[" + std::to_string(i) + "]";
      Compare(answer_.data(i).value_json(), where + ".value_json");
      Compare(answer_.data(i).unit(), where + ".unit");
      Compare(answer_.data(i).source_name(), where + ".source_name");
    }
    for (int i = 0; i < answer_.cases_size(); ++i) CompareCase(answer_.cases(i), "cases[" + std::to_string(i) + "]");
    for (int i = 0; i < answer_.notices_size(); ++i) Compare(answer_.notices(i).text(), "notices[" + std::to_string(i) + "].text");
    for (int i = 0; i < answer_.changes_that_matter_size(); ++i) {
      const std::string& change = answer_.changes_that_matter(i);
      ++compared_;
      const bool known = std::any_of(recorded_.begin(), recorded_.end(), [&](const std::string& text) {
        return !text.empty() && change.substr(0, text.size()) == text;
      });
      if (!known) Add("explanation", {}, "changes_that_matter[" + std::to_string(i) + "]", "was not recorded like this");
    }
  }

  const v1::ExplainResponse& answer_;
  const std::vector<core::VerifierKey>& keys_;
  const std::string origin_;
  std::map<std::string, core::Leaf> leaves_;  // With a good receipt, by id.
  std::set<std::string> recorded_;
  int shown_ = 0, withheld_ = 0, compared_ = 0;
  Verdict verdict_;
};

absl::StatusOr<int> VerifyExplanation(const ExplanationFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.file));
  v1::ExplainResponse answer;
  CANDOR_RETURN_IF_ERROR(FromJson(text, answer));
  CANDOR_ASSIGN_OR_RETURN(const auto keys, ReadKeys(flags.vkeys, flags.vkey_file));
  if (keys.empty()) return NoKeyGiven();
  return PrintVerdict(ExplanationCheck(answer, keys, flags.origin).Run(), out);
}

}  // namespace

void AddVerifyExplanation(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "explanation", "Verify offline what a person was told: its leaves, its sections, and each value shown");
  ExplanationFlags& flags = Runs(command, program, &VerifyExplanation);
  command.add_option("FILE", flags.file, "The proof file of a page, or of `candor explain --proof`")->required();
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  command.add_option("--origin", flags.origin, "The ledger that it must be of; default that of the key");
  AddJson(command, program);
}

}  // namespace candor::cli
