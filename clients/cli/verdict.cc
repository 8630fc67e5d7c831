#include "clients/cli/verdict.h"

#include <algorithm>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "services/core/text/lines.h"

namespace candor::cli {
namespace {

core::Json JsonOf(const std::vector<verify::Finding>& findings) {
  core::Json list = core::Json::Array();
  for (const verify::Finding& finding : findings) {
    core::Json one = core::Json::Object();
    one.Set("table", finding.table);
    if (finding.position) one.Set("position", JsonNumber(*finding.position));
    if (!finding.column.empty()) one.Set("column", finding.column);
    one.Set("what", Printable(finding.what));
    list.Append(std::move(one));
  }
  return list;
}

void PrintFindings(const char* head, const std::vector<verify::Finding>& findings, Output& out) {
  if (findings.empty()) return;
  out.Line(head);
  for (std::size_t i = 0; i < std::min(findings.size(), kMostPrinted); ++i) {
    out.Line("  " + Printable(verify::ToText(findings[i])));
  }
  if (findings.size() > kMostPrinted) {
    out.Line("  and " + WithCommas(findings.size() - kMostPrinted) + " more; --json lists them");
  }
}

std::string Count(std::size_t count, const char* noun) {
  return WithCommas(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

Completeness Completeness::WholeRange(std::uint64_t size) {
  return {.whole = true, .text = "whole range [0, " + std::to_string(size) + ")"};
}

Completeness Completeness::NotProvable(const std::string& why) {
  return {.whole = false, .text = "not provable (" + why + ")"};
}

int PrintVerdict(Verdict verdict, Output& out) {
  const bool intact = verdict.findings.empty();
  const std::string what = intact ? verdict.intact : Count(verdict.findings.size(), "finding");
  if (out.json()) {
    verdict.json.Set("intact", intact);
    verdict.json.Set("complete", verdict.complete.text);
    verdict.json.Set("complete_range", verdict.complete.whole);
    verdict.json.Set("findings", JsonOf(verdict.findings));
    verdict.json.Set("malformed", JsonOf(verdict.malformed));
    out.Line(verdict.json.Encode());
    return intact ? kDone : kRefused;
  }
  out.Pairs(verdict.about);
  PrintFindings("altered or missing:", verdict.findings, out);
  PrintFindings("malformed, against the format:", verdict.malformed, out);
  out.Line((intact ? out.Good("intact: yes") : out.Bad("intact: no")) + ", " + what);
  out.Line((verdict.complete.whole ? out.Good("complete: ") : out.Odd("complete: ")) +
           verdict.complete.text);
  return intact ? kDone : kRefused;
}

void Describe(const verify::NamedMissing& missing, Verdict& verdict) {
  const auto counted = [](std::uint64_t count, const char* what) {
    return WithCommas(count) + " " + what + (count == 1 ? "" : "s");
  };
  verdict.about.emplace_back(
      "missing", missing.any() ? counted(missing.calls, "call") + " and " +
                                     counted(missing.outcomes, "outcome") + ", as its own leaves say"
                               : "nothing that its own leaves name");
  verdict.json.Set("missing_calls", JsonNumber(missing.calls));
  verdict.json.Set("missing_outcomes", JsonNumber(missing.outcomes));
}

void Describe(const verify::Forgotten& forgotten, Verdict& verdict) {
  verdict.json.Set("erased_persons", JsonNumber(forgotten.persons));
  verdict.json.Set("erased_sections", JsonNumber(forgotten.sections));
  if (forgotten.persons == 0) return;
  verdict.about.emplace_back("erased", Count(forgotten.persons, "person") + ", " +
                                           Count(forgotten.sections, "section") + ", as its own leaves say");
}

void Describe(const verify::Succession& succession, Verdict& verdict) {
  if (succession.predecessor) {
    const core::Checkpoint& end = *succession.predecessor;
    verdict.about.emplace_back("goes on from", end.origin + ", which it says ended at size " + WithCommas(end.size) +
                                                   " with the root " + end.root.ToBase64());
    verdict.json.Set("predecessor", core::PredecessorFact(end));
  }
  if (succession.successor.empty()) return;
  verdict.about.emplace_back("closed", "by its last leaf; " + succession.successor + " goes on");
  verdict.json.Set("successor", succession.successor);
}

void Describe(const core::Checkpoint& checkpoint, const std::string& signed_by, Verdict& verdict) {
  verdict.about.emplace_back(
      "checkpoint", "size " + WithCommas(checkpoint.size) + ", root " + checkpoint.root.ToBase64());
  verdict.about.emplace_back("signed", "by " + signed_by + "; log only, no witness");
  core::Json json = core::Json::Object();
  json.Set("origin", checkpoint.origin);
  json.Set("size", JsonNumber(checkpoint.size));
  json.Set("root", checkpoint.root.ToBase64());
  json.Set("signed_by", signed_by);
  json.Set("witnesses", "log only");
  verdict.json.Set("checkpoint", std::move(json));
}

core::Json JsonNumber(std::uint64_t number) {
  if (number <= static_cast<std::uint64_t>(core::kMaxJsonInteger)) return core::Json(number);
  return core::Json(std::to_string(number));
}

absl::StatusOr<std::vector<core::VerifierKey>> ReadKeys(const std::vector<std::string>& texts,
                                                        const std::string& file) {
  std::vector<std::string> all = texts;
  if (!file.empty()) {
    CANDOR_ASSIGN_OR_RETURN(std::string text, ReadFile(file, 65536));
    if (!text.ends_with('\n')) text += '\n';
    std::string_view rest = text;
    while (const auto line = core::TakeLine(rest)) {
      if (!line->empty()) all.emplace_back(*line);
    }
  }
  std::vector<core::VerifierKey> keys;
  for (const std::string& text : all) {
    absl::StatusOr<core::VerifierKey> key = core::VerifierKey::Parse(text);
    if (!key.ok()) {
      return Unusable("--vkey: " + std::string(key.status().message()),
                      "give it as it was written at the ledger's start: name+8 digits+base64");
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

std::string LinesOf(const std::vector<core::VerifierKey>& keys) {
  std::string lines;
  for (const core::VerifierKey& key : keys) lines += key.ToText() + "\n";
  return lines;
}

absl::Status NoKeyGiven() {
  return Unusable(
      "no key to verify with",
      "give --vkey KEY or --vkey-file FILE, from somewhere you trust; see `candor tenant show`");
}

std::string SignerOf(const std::string& note, const std::vector<core::VerifierKey>& keys) {
  const absl::StatusOr<core::Note> parsed = core::ParseNote(note);
  if (!parsed.ok()) return {};
  for (const core::VerifierKey& key : keys) {
    if (!core::VerifyNote(*parsed, {key}).ok()) continue;
    return key.ToText().substr(0, key.name.size() + 9);  // Name and id.
  }
  return {};
}

}  // namespace candor::cli
