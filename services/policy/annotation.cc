#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "services/core/text/grammar.h"
#include "services/policy/rule.h"

namespace candor::policy {
namespace {

constexpr std::array<std::string_view, 6> kStatuses = {"in_force",  "enacted_future", "draft",
                                                       "enjoined", "withdrawn",      "repealed"};

// Whether `text` is a path into the input: `facts.amount`.
bool IsNeed(std::string_view text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    if (!core::IsMemberName(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

std::optional<absl::Time> DateOf(const std::string& text) {
  absl::CivilDay day;
  if (text.size() != 10 || !absl::ParseCivilTime(text, &day) || absl::FormatCivilTime(day) != text) return std::nullopt;
  return absl::FromCivil(day, absl::UTCTimeZone());
}

// Reads one block. What is wrong with it is said at its own line.
class Block {
 public:
  Block(std::uint32_t line, Rule& rule, std::vector<Problem>& problems)
      : line_(line), rule_(rule), problems_(problems) {}

  bool Read(std::string_view yaml) {
    try {
      const YAML::Node root = YAML::Load(std::string(yaml));
      if (!root.IsMap()) return Say(0, "the METADATA block is no mapping"), false;
      if (root["title"]) rule_.title = Text(root["title"], "title", 256);
      if (root["description"]) rule_.description = Text(root["description"], "description", 2000);
      const YAML::Node custom = root["custom"];
      if (!custom) return false;
      if (!custom.IsMap()) return Say(At(custom), "`custom` is no mapping"), false;
      return Custom(custom);
    } catch (const YAML::Exception& error) {
      Say(error.mark.line < 0 ? 0 : static_cast<std::uint32_t>(error.mark.line),
          "the METADATA block is no YAML: " + error.msg);
      return false;
    }
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

  bool Custom(const YAML::Node& custom) {
    static const std::set<std::string> kNames = {"verdict",  "version",     "source", "status",  "in_force_from",
                                                 "in_force_until", "verified_on", "scope", "needs", "reason",
                                                 "reasons",  "person",      "notice", "obligations"};
    for (const auto& member : custom) {
      if (!kNames.contains(member.first.Scalar())) {
        Say(At(member.first), "`custom` has no member `" + member.first.Scalar() + "`");
      }
    }
    if (custom["source"]) rule_.source = Text(custom["source"], "source", 512);
    if (custom["status"]) Status(custom["status"]);
    Date(custom, "in_force_from", rule_.in_force_from);
    Date(custom, "in_force_until", rule_.in_force_until);
    std::optional<absl::Time> verified;
    Date(custom, "verified_on", verified);
    if (custom["scope"]) ReadScope(custom["scope"]);
    if (custom["needs"]) rule_.needs = Texts(custom["needs"], "needs", IsNeed, "paths such as `facts.amount`");
    Version(custom["version"]);
    Reasons(custom);
    if (custom["person"]) Person(custom["person"]);
    if (custom["notice"]) rule_.notice = Code(custom["notice"], "notice");
    if (custom["obligations"]) Obligations(custom["obligations"]);
    if (!custom["verdict"]) return false;
    const auto effect = EffectOf(Text(custom["verdict"], "verdict", 16));
    if (!effect) {
      Say(At(custom["verdict"]), "`verdict` must be deny, escalate, notice, transform or allow");
    } else {
      rule_.effect = *effect;
    }
    if (rule_.version == 0) Say(At(custom), "a rule has a `version`, from 1");
    if (effect == Effect::kNotice && rule_.notice.empty()) {
      Say(At(custom["verdict"]), "a rule with the verdict `notice` names its `notice`");
    }
    return true;
  }

  void Status(const YAML::Node& node) {
    const auto found = std::find(kStatuses.begin(), kStatuses.end(), Text(node, "status", 16));
    if (found == kStatuses.end()) {
      return Say(At(node), "`status` must be in_force, enacted_future, draft, enjoined, withdrawn or repealed");
    }
    rule_.status = static_cast<LegalStatus>(found - kStatuses.begin());
  }

  void Date(const YAML::Node& custom, const char* name, std::optional<absl::Time>& to) {
    const YAML::Node node = custom[name];
    if (!node) return;
    to = DateOf(Text(node, name, 10));
    if (!to) Say(At(node), std::string("`") + name + "` must be a date such as 2026-11-20");
  }

  void Version(const YAML::Node& node) {
    if (!node) return;
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rule_.version);
    if (error != std::errc() || end != text.data() + text.size() || rule_.version < 1 || rule_.version > 1000000) {
      Say(At(node), "`version` must be a number from 1 to 1,000,000");
    }
  }

  std::string Code(const YAML::Node& node, const std::string& name) {
    std::string text = Text(node, name, 128);
    if (!text.empty() && !core::IsCode(text)) Say(At(node), "`" + name + "` must be a code, such as over_limit");
    return text;
  }

  void Reasons(const YAML::Node& custom) {
    if (custom["reason"]) rule_.reasons = {Code(custom["reason"], "reason")};
    if (custom["reasons"]) {
      if (rule_.reasons.empty()) rule_.reasons = {rule_.name};
      for (std::string& code : Texts(custom["reasons"], "reasons", core::IsCode, "codes")) {
        rule_.reasons.push_back(std::move(code));
      }
    }
  }

  void Person(const YAML::Node& node) {
    if (!node.IsMap()) return Say(At(node), "`person` must hold a text for each language, such as {en: \"…\"}");
    for (const auto& member : node) {
      rule_.person[member.first.Scalar()] = Text(member.second, "person." + member.first.Scalar(), 2000);
    }
  }

  void ReadScope(const YAML::Node& node) {
    if (!node.IsMap()) return Say(At(node), "`scope` is no mapping");
    for (const auto& member : node) {
      const std::string& name = member.first.Scalar();
      const auto to = [&]() -> std::vector<std::string>* {
        if (name == "call") return &rule_.scope.calls;
        if (name == "stage") return &rule_.scope.stages;
        if (name == "domain") return &rule_.scope.domains;
        if (name == "jurisdiction") return &rule_.scope.jurisdictions;
        if (name == "role") return &rule_.scope.roles;
        if (name == "action") return &rule_.scope.actions;
        return nullptr;
      }();
      if (to == nullptr) {
        Say(At(member.first), "`scope` has no member `" + name + "`");
        continue;
      }
      *to = Texts(member.second, "scope." + name, Fits(name), "words that this member may have");
    }
  }

  static bool (*Fits(const std::string& name))(std::string_view) {
    if (name == "call") {
      return [](std::string_view text) { return text == "authorize" || text == "record" || text == "observe"; };
    }
    if (name == "stage") {
      return [](std::string_view text) {
        constexpr std::array<std::string_view, 6> kStages = {"decide", "effect", "publish",
                                                             "release", "change", "erase"};
        return std::find(kStages.begin(), kStages.end(), text) != kStages.end();
      };
    }
    if (name == "jurisdiction") {
      return [](std::string_view text) {
        return text.size() >= 2 && text.size() <= 6 && std::all_of(text.begin(), text.end(), [](char c) {
                 return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
               });
      };
    }
    if (name == "action") {
      return [](std::string_view text) {
        return core::IsCode(text.ends_with(".*") ? text.substr(0, text.size() - 2) : text);
      };
    }
    return core::IsCode;
  }

  void Obligations(const YAML::Node& node) {
    if (!node.IsSequence() || node.size() > 16) return Say(At(node), "`obligations` must be a list of at most 16");
    rule_.duties.clear();
    for (const YAML::Node& item : node) Obligation(item);
  }

  void Obligation(const YAML::Node& item) {
    if (!item.IsMap() || !item["type"]) return Say(At(item), "an obligation has a `type`");
    Duty duty;
    for (const auto& member : item) {
      const std::string& name = member.first.Scalar();
      if (name == "type") {
        duty.type = Code(member.second, "type");
      } else if (name == "due") {
        duty.due = DueOf(Text(member.second, "due", 10));
        if (!duty.due) Say(At(member.second), "`due` must be a duration such as 30d or 4h");
      } else if (name == "params") {
        duty.params = Params(member.second);
      } else {
        Say(At(member.first), "an obligation has no member `" + name + "`");
      }
    }
    rule_.duties.push_back(std::move(duty));
  }

  core::Json Params(const YAML::Node& node) {
    core::Json params = core::Json::Object();
    if (node.IsMap()) {
      for (const auto& member : node) params.Set(member.first.Scalar(), Plain(member.second));
    }
    if (!node.IsMap() || !IsPlainParams(params)) {
      Say(At(node), "`params` must be flat: codes, decimals in quotation marks, whole numbers, dates, pointers, lists of them");
      return core::Json::Object();
    }
    return params;
  }

  static core::Json Plain(const YAML::Node& node) {
    if (node.IsSequence()) {
      core::Json list = core::Json::Array();
      for (const YAML::Node& item : node) list.Append(Plain(item));
      return list;
    }
    const std::string text = node.IsScalar() ? node.Scalar() : std::string();
    if (node.Tag() == "!") return text;  // In quotation marks.
    if (text == "true" || text == "false") return text == "true";
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = !text.empty() && error == std::errc() && end == text.data() + text.size() &&
                       number >= -core::kMaxJsonInteger && number <= core::kMaxJsonInteger;
    if (whole) return number;
    return text;
  }

  const std::uint32_t line_;
  Rule& rule_;
  std::vector<Problem>& problems_;
};

}  // namespace

bool ReadAnnotation(std::string_view yaml, std::uint32_t line, Rule& rule, std::vector<Problem>& problems) {
  return Block(line, rule, problems).Read(yaml);
}

}  // namespace candor::policy
