// What a person reads of one decision, out of the answer of TransparencyService.Explain and
// nothing else.
//
// Pure functions; any thread may call.
#pragma once

#include <string>

#include "candor/v1/transparency_service.pb.h"
#include "services/pages/document.h"

namespace candor::pages {

// `proof` is the file that `candor verify explanation` reads; empty: the page offers none.
Document PageOf(const v1::ExplainResponse& answer, const std::string& proof);

// A value that is kept as JSON, as people write it: a text without its quotation marks.
std::string PlainValue(const std::string& json);

}  // namespace candor::pages
