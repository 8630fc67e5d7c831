// What a judgement hangs on, found by asking again with one thing changed at a time: no
// knowledge of what a rule means is needed, and nothing is said that was not tried.
//
// Pure but for what it asks; any thread may call.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "services/policy/bundle.h"
#include "services/policy/engine.h"

namespace candor::policy {

inline constexpr std::size_t kMostAsked = 4000;       // Judgements for one answer: under a second.
inline constexpr std::size_t kMostAlternatives = 32;

// Values that are worth trying: those that the set itself speaks of, and the tenant's limits.
struct Candidates {
  std::set<double> numbers;
  std::set<std::string> texts;
};
// Of modules, without their comments, and data; tests apart.
Candidates CandidatesOf(const Bundle& bundle, const domain::Settings& settings);

struct Alternative {
  std::string path;    // Into the rules' input, such as `facts.confidence`.
  std::string value;   // JSON; empty: it would not be there.
  domain::Verdict verdict = domain::Verdict::kDeny;
  std::vector<std::string> silent;  // Rules that spoke, and would not.
};

struct WhatIf {
  // By rule that spoke: paths into facts, registry, person and inputs without which it would
  // have said something else.
  std::map<std::string, std::set<std::string>> hangs_on;
  // A milder verdict, or a rule behind the verdict silent; the mildest first.
  std::vector<Alternative> alternatives;
  std::size_t asked = 0;
};

// `judge` answers for an input whose facts, registry and sections may differ from `input`'s.
WhatIf AskWhatIf(const Input& input, const Candidates& candidates,
                 absl::FunctionRef<Judgement(const Input&)> judge);

}  // namespace candor::policy
