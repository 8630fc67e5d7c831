#include "services/pages/dossier.h"

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "services/base/clock.h"
#include "services/core/leaf/leaf.h"

namespace candor::pages {
namespace {

using Kind = Block::Kind;

std::string WordOf(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr || number == 0) return {};
  const auto* unset = type.FindValueByNumber(0);
  const std::size_t prefix = unset->name().size() - std::string_view("UNSPECIFIED").size();
  return absl::AsciiStrToLower(value->name().substr(prefix));
}

std::string TextOf(const google::protobuf::Timestamp& time) {
  return ToRfc3339(absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()));
}

std::string CallerOf(const core::Leaf& leaf) {
  return leaf.caller_kind + (leaf.caller_id.empty() ? "" : " " + leaf.caller_id);
}

std::string ValueOf(const core::Json& value) { return value.is_string() ? value.string() : value.Encode(); }

class Page {
 public:
  Page(const v1::GetDossierResponse& answer, const std::string& proof) : answer_(answer), proof_(proof) {}

  Document Make() {
    document_.language = "en";
    document_.title = "Dossier of decision " + answer_.decision().decision_id();
    document_.cut = "[the rest is cut]";
    Head();
    for (const v1::DossierEntry& entry : answer_.entries()) AddEntry(entry);
    Readings();
    Check();
    return std::move(document_);
  }

 private:
  Block& Add(Kind kind, std::string text) {
    return document_.blocks.emplace_back(Block{.kind = kind, .text = std::move(text)});
  }

  void Head() {
    const v1::DecisionSummary& decision = answer_.decision();
    Add(Kind::kHeading, document_.title).level = 1;
    if (decision.erased()) Add(Kind::kStrong, "A person in it was erased: what was sealed about them is destroyed.");
    std::string marks;
    for (const int mark : decision.marks()) marks += (marks.empty() ? "" : ", ") + WordOf(*v1::Mark_descriptor(), mark);
    Block& table = Add(Kind::kTable, "In short");
    table.rows.push_back({"what", "is"});
    const auto row = [&](const char* name, const std::string& value) {
      if (!value.empty()) table.rows.push_back({name, value});
    };
    row("system", decision.system());
    row("model version", decision.model_version());
    row("action", decision.action());
    row("verdict", WordOf(*v1::Verdict_descriptor(), decision.verdict()));
    row("outcome", decision.outcome());
    if (decision.has_adverse()) row("adverse", decision.adverse() ? "yes" : "no");
    row("decided by", WordOf(*v1::Automation_descriptor(), decision.automation()));
    row("marks", marks);
    row("begun", TextOf(decision.create_time()));
    row("last entry", TextOf(decision.update_time()));
    row("entries", std::to_string(answer_.entries_size()));
  }

  void AddEntry(const v1::DossierEntry& entry) {
    Add(Kind::kHeading, entry.type() + ", " + TextOf(entry.leaf_time()));
    const auto leaf = core::ParseLeaf(entry.receipt().leaf());
    if (!leaf.ok()) {
      Add(Kind::kStrong, "This leaf can't be read: verify the ledger.");
      return;
    }
    Add(Kind::kQuiet, "leaf " + entry.leaf_id() + " at position " + std::to_string(entry.receipt().position()) + ", by " +
                          CallerOf(*leaf));
    if (leaf->amends) Add(Kind::kText, "Corrects the leaf " + leaf->amends->ToText() + ".");
    for (const std::string& mark : leaf->marks) Add(Kind::kStrong, "marked " + mark);
    if (!leaf->facts.members().empty()) {
      Block& table = Add(Kind::kTable, "What the leaf says");
      table.rows.push_back({"fact", "value"});
      for (const auto& [name, value] : leaf->facts.members()) table.rows.push_back({name, ValueOf(value)});
    }
    for (const v1::Section& section : entry.sections()) AddSection(section);
  }

  void AddSection(const v1::Section& section) {
    const std::string withheld = WordOf(*v1::WithheldReason_descriptor(), section.withheld());
    if (section.withheld() == v1::WITHHELD_REASON_NOT_IN_SCOPE) {
      Add(Kind::kQuiet, "sealed: " + section.name() + " (not asked for)");
    } else if (!withheld.empty()) {
      Add(Kind::kQuiet, "sealed: " + section.name() + " (" + withheld + ")");
    } else {
      Add(Kind::kHeading, section.name()).level = 3;
      Add(Kind::kSaid, section.content());
    }
  }

  void Readings() {
    Block table{.kind = Kind::kTable, .text = "Who read personal data of it"};
    table.rows.push_back({"when", "who", "why", "what"});
    for (const v1::DossierEntry& entry : answer_.entries()) {
      const auto leaf = core::ParseLeaf(entry.receipt().leaf());
      if (entry.type() != "read" || !leaf.ok()) continue;
      std::string what;
      const core::Json* sections = leaf->facts.Find("read_sections");
      if (sections != nullptr && sections->is_array()) {
        for (const core::Json& name : sections->items()) what += (what.empty() ? "" : ", ") + ValueOf(name);
      }
      const std::string* why = leaf->facts.FindString("read_reason");
      table.rows.push_back({TextOf(entry.leaf_time()), CallerOf(*leaf), why == nullptr ? "" : *why, what});
    }
    if (table.rows.size() == 1) return;
    Add(Kind::kHeading, "Readings");
    document_.blocks.push_back(std::move(table));
  }

  void Check() {
    Add(Kind::kHeading, "Check it");
    Add(Kind::kText, "Each entry has a receipt: its leaf, and the proof that it stands in the ledger under a signed checkpoint. "
                     "What is shown of a section is proved by its salt and the commitment in the leaf.");
    for (const std::string& key : answer_.vkeys()) Add(Kind::kCode, key);
    if (answer_.has_receipt()) {
      Add(Kind::kText, "This reading is an entry itself, at position " + std::to_string(answer_.receipt().position()) + ".");
    }
    if (proof_.empty()) return;
    Block& file = Add(Kind::kFile, "The dossier with all receipts, as JSON");
    file.file_name = "dossier.json";
    file.file = proof_;
  }

  const v1::GetDossierResponse& answer_;
  const std::string& proof_;
  Document document_;
};

}  // namespace

Document DossierOf(const v1::GetDossierResponse& answer, const std::string& proof) { return Page(answer, proof).Make(); }

}  // namespace candor::pages
