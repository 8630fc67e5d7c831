// Report (a): from the leaves of a decision to what its person is shown.
//
// Nothing is invented: every value was recorded, every word is the tenant's catalogue's, the
// record's or a frame of services/pages.
#pragma once

#include <functional>

#include "candor/v1/transparency_service.pb.h"
#include "services/pages/words.h"
#include "services/rpc/person_reader.h"
#include "services/rpc/plain_words.h"

namespace candor::rpc {

// Words that the policy set of that digest has for a reason of a verdict, for the person.
using PersonTextOf = std::function<std::string(const Digest& set, const std::string& reason)>;

// A decision of the list.
v1::PersonDecision Summary(const Story& story, PlainWords& words, pages::Language language);

// The leaves whose receipts go with an explanation: all, or of many those that say something here; at most 64.
// `story` is opened.
std::vector<const Chapter*> ToProve(const Story& story);

// Everything but the receipts; `story` is opened.
v1::ExplainResponse Explained(const Story& story, PlainWords& words, pages::Language language,
                              const PersonTextOf& text_of);

// The data that a decision used; `story` is opened.
std::vector<v1::UsedDatum> DataOf(const Story& story, PlainWords& words);

// A reading of the person's data, without its receipt.
v1::ShownReading ReadingOf(const core::Leaf& leaf, PlainWords& words, pages::Language language);

// The language that was recorded for the person; empty: none was. `story` is opened.
std::string LanguageOf(const Story& story);

}  // namespace candor::rpc
