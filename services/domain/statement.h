// What a caller states in one request, taken apart by the rules of its fields: what
// stands in the leaf, what is sealed, and what the call itself is about.
//
// A pure value; made by rpc/convert, used by flow.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/base/id.h"
#include "services/core/json/json.h"
#include "services/core/leaf/leaf.h"

namespace candor::domain {

struct Statement {
  std::string method;  // authorize, record, observe, …
  Uuid request;
  std::optional<core::Producer> producer;
  std::optional<Uuid> decision, authorization, amends;

  // The persons concerned, by the tenant's own references: the first is who the decision
  // is about. Sections of the n-th carry the suffix ".n", the first's carry none.
  std::vector<std::string> persons;

  core::Json facts = core::Json::Object();
  std::map<std::string, std::string> sections;  // Canonical JSON of one object, by full name.

  // Canonical bytes of method and request, for telling a repetition from other content.
  std::string fingerprint_text;
};

// What a tenant declared and decided, as the built-in rules and the conversion need it.
struct Settings {
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> catalogue;  // Codes by kind.
  std::string amount;      // Largest amount; empty: none is allowed.
  std::string currency;    // Of `amount`.
  std::string confidence;  // Lowest that needs no human; empty: none does.
  std::int64_t authorization_seconds = 300;
  std::int64_t outcome_seconds = 86400;

  bool Declares(std::string_view kind, std::string_view code) const {
    const auto codes = catalogue.find(kind);
    return codes != catalogue.end() && codes->second.find(code) != codes->second.end();
  }
};

}  // namespace candor::domain
