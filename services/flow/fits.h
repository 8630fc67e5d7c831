// Whether a decision fits a filter, as the tables of searches would say: for decisions of which only a part is
// seen.
//
// A pure function; any thread may call.
#pragma once

#include "services/store/search.h"

namespace candor::flow {

bool Fits(const store::Condition& condition, const store::DecisionRow& row);

}  // namespace candor::flow
