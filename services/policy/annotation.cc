#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "services/core/text/grammar.h"
#include "services/policy/rule.h"
#include "services/policy/words.h"

namespace candor::policy {
namespace {

constexpr std::array<std::string_view, 6> kStatuses = {"in_force",  "enacted_future", "draft",
                                                       "enjoined", "withdrawn",      "repealed"};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<absl::Time> DateOf(const std::string& text) {
  absl::CivilDay day;
  if (text.size() != 10 || !absl::ParseCivilTime(text, &day) || absl::FormatCivilTime(day) != text) return std::nullopt;
  return absl::FromCivil(day, absl::UTCTimeZone());
}

// `de`, `pt-br`: how a request names a language.
bool IsLanguage(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('-'));
  return (first.size() == 2 || first.size() == 3) && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
}

// A country or a part of one as requests name them, `eu` or `eea`.
bool IsRegion(std::string_view text) {
  if (text == "eea") return true;
  if (text.size() < 2 || !IsLower(text[0]) || !IsLower(text[1])) return false;
  if (text.size() == 2) return true;
  return text[2] == '-' && text.size() >= 4 && text.size() <= 6 &&
         std::all_of(text.begin() + 3, text.end(), [](char c) { return IsLower(c) || IsDigit(c); });
}

bool IsActionPattern(std::string_view text) {
  return core::IsCode(text.ends_with(".*") ? text.substr(0, text.size() - 2) : text);
}

template <typename List>
std::string ListOf(const List& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

template <const auto& kWords>
bool IsOneOf(std::string_view text) {
  return Holds(kWords, text);
}

struct ScopeMember {
  std::string_view name;
  std::vector<std::string> Scope::*texts;
  bool (*fits)(std::string_view);
  const char* what;
};
constexpr std::array<ScopeMember, 6> kScopeMembers = {{
    {"call", &Scope::calls, IsOneOf<kCalls>, "authorize, record or observe"},
    {"stage", &Scope::stages, IsOneOf<kStages>, "decide, effect, publish, release, change or erase"},
    {"domain", &Scope::domains, IsOneOf<kDomains>, "fields of life, such as credit or employment"},
    {"jurisdiction", &Scope::jurisdictions, IsRegion, "countries or regions, such as de, us-co, eu or eea"},
    {"role", &Scope::roles, IsOneOf<kRoles>, "roles, such as provider or deployer"},
    {"action", &Scope::actions, IsActionPattern, "actions, such as refund.grant or refund.*"},
}};

// Hears a document and does nothing about it.
class Deaf final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Whether nothing follows the first document, which is all that YAML::Load reads. LoadAll
// never ends at some texts.
bool IsOneDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Deaf deaf;
  return parser.HandleNextDocument(deaf) && !parser.HandleNextDocument(deaf);
}

// Reads one block. What is wrong with it is said at its own line.
class Block {
 public:
  Block(bool package, std::uint32_t line, Rule& rule, std::vector<Problem>& problems)
      : package_(package), line_(line), rule_(rule), problems_(problems) {}

  bool Read(std::string_view yaml) {
    try {
      const std::string text(yaml);
      const YAML::Node root = YAML::Load(text);
      if (!root.IsMap() || !IsOneDocument(text)) return Say(0, "the METADATA block is no mapping"), false;
      Each(root, "METADATA", [this](const std::string& name, const YAML::Node& node) { TopMember(name, node); });
      Finish();
    } catch (const YAML::Exception& error) {
      Say(error.mark.line < 0 ? 0 : static_cast<std::uint32_t>(error.mark.line),
          "the METADATA block is no YAML: " + error.msg);
    }
    return judges_;
  }

 private:
  static std::uint32_t At(const YAML::Node& node) { return static_cast<std::uint32_t>(node.Mark().line); }

  void Say(std::uint32_t offset, std::string message) {
    problems_.push_back({.path = rule_.file, .line = line_ + offset, .message = std::move(message)});
  }

  std::string Text(const YAML::Node& node, const std::string& name, std::size_t most) {
    if (!node.IsScalar() || node.Scalar().empty() || node.Scalar().size() > most) {
      Say(At(node), "`" + name + "` must be a text of 1 to " + std::to_string(most) + " bytes");
      return {};
    }
    return node.Scalar();
  }

  // One text or a list of texts, each of which `fits`.
  std::vector<std::string> Texts(const YAML::Node& node, const std::string& name, bool (*fits)(std::string_view),
                                 const char* what) {
    std::vector<std::string> texts;
    const auto add = [&](const YAML::Node& item) {
      if (!item.IsScalar() || !fits(item.Scalar())) {
        Say(At(item), "`" + name + "` must hold " + what);
      } else {
        texts.push_back(item.Scalar());
      }
    };
    if (node.IsSequence()) {
      if (node.size() > 64) Say(At(node), "`" + name + "` holds at most 64 items");
      for (const YAML::Node& item : node) add(item);
    } else {
      add(node);
    }
    return texts;
  }

  // The members of a mapping, each once.
  template <typename Do>
  void Each(const YAML::Node& map, const std::string& what, const Do& member) {
    if (!map.IsMap()) return Say(At(map), "`" + what + "` is no mapping");
    std::set<std::string> seen;
    for (const auto& one : map) {
      const std::string& name = one.first.Scalar();
      if (!one.first.IsScalar()) {
        Say(At(one.first), "`" + what + "` has a member whose name is no text");
      } else if (!seen.insert(name).second) {
        Say(At(one.first), "`" + what + "` has the member `" + name + "` twice");
      } else if (one.second.IsNull()) {
        Say(At(one.first), "`" + what + "` has the member `" + name + "` without a value");
      } else {
        member(name, one.second);
      }
    }
  }

  void Unknown(const YAML::Node& node, const std::string& what, const std::string& name) {
    Say(At(node), "`" + what + "` has no member `" + name + "`");
  }

  // The first level is OPA's; what is Candor's stands in `custom`.
  void TopMember(const std::string& name, const YAML::Node& node) {
    static const std::set<std::string> kOpas = {"related_resources", "authors", "organizations", "schemas", "entrypoint"};
    if (name == "title") {
      rule_.title = Text(node, name, 256);
    } else if (name == "description") {
      rule_.description = Text(node, name, 2000);
    } else if (name == "scope") {
      const std::string& scope = node.Scalar();
      if (package_ ? scope != "package" : scope != "rule" && scope != "document") {
        Say(At(node), "`scope` beside `title` is OPA's: `package` above a package, `rule` or `document` above a rule");
      }
    } else if (name == "custom") {
      Each(node, name, [this](const std::string& inner, const YAML::Node& value) { Member(inner, value); });
    } else if (!kOpas.contains(name)) {
      Say(At(node), "METADATA has no member `" + name + "`: what is Candor's stands in `custom`");
    }
  }

  void Member(const std::string& name, const YAML::Node& node) {
    if (name == "source") {
      rule_.source = Text(node, name, 512);
    } else if (name == "scope") {
      ReadScope(node);
    } else if (package_) {
      Say(At(node), "`custom` of a package has `source` and `scope` alone, not `" + name + "`");
    } else if (name == "verdict") {
      Verdict(node);
    } else if (name == "version") {
      Version(node);
    } else if (name == "status") {
      Status(node);
    } else if (name == "in_force_from") {
      Date(node, name, rule_.in_force_from);
    } else if (name == "in_force_until") {
      Date(node, name, rule_.in_force_until);
    } else if (name == "verified_on") {
      std::optional<absl::Time> verified;
      Date(node, name, verified);
    } else if (name == "needs") {
      rule_.needs = Texts(node, name, IsInputPath, "paths such as `facts.amount`");
    } else if (name == "reason") {
      reason_ = Code(node, name);
    } else if (name == "reasons") {
      rule_.reasons = Texts(node, name, core::IsCode, "codes");
    } else if (name == "person") {
      Person(node);
    } else if (name == "notice") {
      Notice(node);
    } else if (name == "obligations") {
      Obligations(node);
    } else {
      Unknown(node, "custom", name);
    }
  }

  // What members mean together.
  void Finish() {
    if (!judges_) return;
    rule_.reasons.insert(rule_.reasons.begin(), reason_.empty() ? rule_.name : reason_);
    if (rule_.version == 0) Say(verdict_line_, "a rule has a `version`, from 1");
    if (rule_.effect == Effect::kNotice && rule_.notice.empty()) {
      Say(verdict_line_, "a rule with the verdict `notice` names its `notice`");
    }
    if (rule_.status == LegalStatus::kEnactedFuture && !rule_.in_force_from) {
      Say(verdict_line_, "a rule of status `enacted_future` says `in_force_from`");
    }
    if (rule_.in_force_from && rule_.in_force_until && *rule_.in_force_from >= *rule_.in_force_until) {
      Say(verdict_line_, "`in_force_until` must lie after `in_force_from`");
    }
  }

  void Verdict(const YAML::Node& node) {
    judges_ = true;
    verdict_line_ = At(node);
    const auto effect = EffectOf(Text(node, "verdict", 16));
    if (!effect) return Say(At(node), "`verdict` must be deny, escalate, notice, transform or allow");
    rule_.effect = *effect;
  }

  void Status(const YAML::Node& node) {
    const auto found = std::find(kStatuses.begin(), kStatuses.end(), Text(node, "status", 16));
    if (found == kStatuses.end()) {
      return Say(At(node), "`status` must be in_force, enacted_future, draft, enjoined, withdrawn or repealed");
    }
    rule_.status = static_cast<LegalStatus>(found - kStatuses.begin());
  }

  void Date(const YAML::Node& node, const std::string& name, std::optional<absl::Time>& to) {
    to = DateOf(Text(node, name, 10));
    if (!to) Say(At(node), "`" + name + "` must be a date such as 2026-11-20");
  }

  void Version(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rule_.version);
    if (error != std::errc() || end != text.data() + text.size() || rule_.version < 1 || rule_.version > 1000000) {
      Say(At(node), "`version` must be a number from 1 to 1,000,000");
      rule_.version = 1;  // It was said.
    }
  }

  std::string Code(const YAML::Node& node, const std::string& name) {
    std::string text = Text(node, name, 128);
    if (!text.empty() && !core::IsCode(text)) Say(At(node), "`" + name + "` must be a code, such as over_limit");
    return text;
  }

  void Person(const YAML::Node& node) {
    Each(node, "person", [&](const std::string& language, const YAML::Node& words) {
      if (!IsLanguage(language)) Say(At(words), "`person` must hold a text for each language, such as {en: \"…\"}");
      rule_.person[language] = Text(words, "person." + language, 2000);
    });
  }

  void Notice(const YAML::Node& node) {
    rule_.notice = Text(node, "notice", 128);
    if (!Holds(kNotices, rule_.notice)) Say(At(node), "`notice` must be a kind of notice: " + ListOf(kNotices));
  }

  void ReadScope(const YAML::Node& node) {
    Each(node, "custom.scope", [&](const std::string& name, const YAML::Node& value) {
      const auto known = std::find_if(kScopeMembers.begin(), kScopeMembers.end(),
                                      [&](const ScopeMember& member) { return member.name == name; });
      if (known == kScopeMembers.end()) return Unknown(value, "custom.scope", name);
      std::vector<std::string>& texts = rule_.scope.*known->texts;
      texts = Texts(value, "scope." + name, known->fits, known->what);
      if (value.IsSequence() && value.size() == 0) Say(At(value), "`scope." + name + "` names nothing that the rule is for");
    });
  }

  void Obligations(const YAML::Node& node) {
    if (!node.IsSequence() || node.size() > 16) return Say(At(node), "`obligations` must be a list of at most 16");
    for (const YAML::Node& item : node) Obligation(item);
  }

  void Obligation(const YAML::Node& item) {
    Duty duty;
    Each(item, "obligations", [&](const std::string& name, const YAML::Node& value) {
      if (name == "type") {
        duty.type = Text(value, "type", 128);
        if (!IsDutyType(duty.type)) Say(At(value), "`type` must be a code that is not Candor's own, such as notify_person");
      } else if (name == "due") {
        duty.due = DueOf(Text(value, "due", 10));
        if (!duty.due) Say(At(value), "`due` must be a duration such as 30d or 4h");
      } else if (name == "params") {
        duty.params = Params(value);
      } else {
        Unknown(value, "obligations", name);
      }
    });
    if (duty.type.empty()) Say(At(item), "an obligation has a `type`");
    rule_.duties.push_back(std::move(duty));
  }

  core::Json Params(const YAML::Node& node) {
    core::Json params = core::Json::Object();
    std::string wrong;
    Each(node, "params", [&](const std::string& name, const YAML::Node& value) {
      core::Json plain = value.IsSequence() ? PlainList(value) : Plain(value);
      if (!IsPlainParams(core::Json::Object().Set(name, plain))) wrong = name;
      params.Set(name, std::move(plain));
    });
    if (IsPlainParams(params)) return params;
    Say(At(node), "`params` must be flat: codes, decimals, whole numbers, times as RFC 3339 writes them, pointers, lists of them" +
                      (wrong.empty() ? std::string() : "; `" + wrong + "` is not"));
    return core::Json::Object();
  }

  static core::Json PlainList(const YAML::Node& node) {
    core::Json list = core::Json::Array();
    for (const YAML::Node& item : node) list.Append(Plain(item));
    return list;
  }

  static core::Json Plain(const YAML::Node& node) {
    const std::string& text = node.Scalar();  // Empty, which is not plain, for what is no scalar.
    if (node.Tag() != "?") return text;       // In quotation marks.
    if (text == "true" || text == "false") return text == "true";
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = !text.empty() && error == std::errc() && end == text.data() + text.size() &&
                       number >= -core::kMaxJsonInteger && number <= core::kMaxJsonInteger;
    if (whole) return number;
    return text;
  }

  const bool package_;
  const std::uint32_t line_;
  Rule& rule_;
  std::vector<Problem>& problems_;
  bool judges_ = false;
  std::uint32_t verdict_line_ = 0;
  std::string reason_;
};

}  // namespace

bool ReadAnnotation(std::string_view yaml, std::uint32_t line, Rule& rule, std::vector<Problem>& problems) {
  return Block(/*package=*/false, line, rule, problems).Read(yaml);
}

void ReadPackageAnnotation(std::string_view yaml, std::uint32_t line, Rule& defaults, std::vector<Problem>& problems) {
  Block(/*package=*/true, line, defaults, problems).Read(yaml);
}

}  // namespace candor::policy
