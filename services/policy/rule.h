// One rule of a policy set, as its METADATA block describes it: what it asks for when it
// fires, where it can apply, and from when to when it is law.
//
// Pure values and functions; any thread may call.
// Source: docs/policies.md.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/core/json/json.h"
#include "services/policy/bundle.h"

namespace candor::policy {

inline constexpr std::size_t kMaxRuleName = 32;
inline constexpr std::size_t kMaxInputPath = 128;
inline constexpr std::size_t kMaxParams = 8192;  // Bytes of JSON.

// What a rule asks for, from the mildest to the strictest.
enum class Effect : std::uint8_t { kAllow, kTransform, kEscalate, kNotice, kDeny };
std::string_view EffectName(Effect effect);
std::optional<Effect> EffectOf(std::string_view name);

struct Duty {
  std::string type;                           // Of an obligation.
  core::Json params = core::Json::Object();   // Flat; codes, decimals, numbers, pointers.
  std::optional<absl::Duration> due{};        // From the decision on; nothing: before the action.
};

enum class LegalStatus : std::uint8_t { kInForce, kEnactedFuture, kDraft, kEnjoined, kWithdrawn, kRepealed };

// Where a rule can apply. An empty list: everywhere.
struct Scope {
  std::vector<std::string> calls = {"authorize", "observe"};
  std::vector<std::string> stages, domains, jurisdictions, roles, actions;
};

struct Rule {
  std::string name;   // Its id.
  std::string path;   // `data.<package>.<name>`.
  std::string file;
  std::uint32_t line = 0;

  std::string title, description;  // For the operator.
  std::uint32_t version = 0;
  std::string source;
  Effect effect = Effect::kDeny;
  LegalStatus status = LegalStatus::kInForce;
  std::optional<absl::Time> in_force_from, in_force_until;
  Scope scope;
  std::vector<std::string> needs;    // Paths into the input, such as `facts.amount`.
  std::vector<std::string> reasons;  // Codes; the first unless its value chooses another.
  std::map<std::string, std::string> person;  // Words for the person, by language.
  std::string notice;
  std::vector<Duty> duties;
};

// Whether a rule counts at `time`, only says what it would do, or is not asked at all.
enum class Standing : std::uint8_t { kInForce, kShadow, kOut };
Standing StandingAt(const Rule& rule, absl::Time time);

// Where a decision stands; a text that is empty was not said.
struct Context {
  std::string_view call, stage, domain, role, action;
  std::vector<std::string_view> jurisdictions;
};
Context ContextOf(std::string_view call, const core::Json& facts);

// Whether a rule of that scope can apply. What was not said matches.
bool CanApply(const Scope& scope, const Context& context);

// Reads the YAML text of a METADATA block whose first line is `line` of `rule.file`, into
// `rule`, whose members hold the defaults of its package. No: the block names no verdict, so
// it describes a helper. Adds what is wrong to `problems`.
bool ReadAnnotation(std::string_view yaml, std::uint32_t line, Rule& rule, std::vector<Problem>& problems);

// Reads that of a package: `scope` and `source` for those of its rules that say nothing else.
void ReadPackageAnnotation(std::string_view yaml, std::uint32_t line, Rule& defaults, std::vector<Problem>& problems);

// Whether a set may ask for obligations of that type: a code that is not Candor's own.
bool IsDutyType(std::string_view type);

// Whether it is a path into the input, such as `facts.amount`: member names between dots.
bool IsInputPath(std::string_view text);

// What may stand in a leaf as a parameter: booleans, integers, codes, decimals, dates, JSON
// Pointers, and lists of them. Names are member names.
bool IsPlainParams(const core::Json& params);

// `30d`, `4h`, `15m`, `20s`, up to ten years.
std::optional<absl::Duration> DueOf(std::string_view text);

}  // namespace candor::policy
