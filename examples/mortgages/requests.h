// What is sent to Candor for one application: what is a fact, what is sealed, and what
// is kept apart for measuring fairness.
//
// Every request is a pure function of the application and the card, its id included.
// So a component that was killed simply starts again from the first application: the
// server knows each repeated request by its id and answers it from the record.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "candor/v1/decision_service.pb.h"
#include "examples/mortgages/applications.h"
#include "examples/mortgages/card.h"

namespace mortgages {

// A UUID in the form of version 4, made of SHA-256("mortgages/<what>/<number>").
std::string DerivedId(absl::string_view what, std::uint32_t number);

candor::v1::AuthorizeRequest Authorize(const Application& application, const Card& card,
                                       const Decision& decision);

// `answer` is the ALLOW that the decision was taken under.
candor::v1::RecordRequest Record(const Application& application, const Card& card,
                                 const Decision& decision,
                                 const candor::v1::AuthorizeResponse& answer);

// Gives back an authorization that cannot be used, so that no outcome is waited for.
candor::v1::CancelRequest Cancel(const Application& application,
                                 const candor::v1::AuthorizeResponse& answer);

// What the bank decided in truth.
candor::v1::RecordResultRequest Result(const Application& application,
                                       const candor::v1::AuthorizeResponse& answer);

// All applications were asked for: `count` calls of Authorize, none missing.
candor::v1::CloseEpochRequest CloseEpoch(std::uint64_t count);

}  // namespace mortgages
