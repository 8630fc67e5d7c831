// The whole story of one decision as those read it who answer for it, out of the answer of
// AuditService.GetDossier and nothing else. In English: it is for the tenant's own people.
//
// Pure functions; any thread may call.
#pragma once

#include <string>

#include "candor/v1/audit_service.pb.h"
#include "services/pages/document.h"

namespace candor::pages {

// `proof` is the answer as JSON, with receipts, opened sections and their salts; empty: the page
// offers none.
Document DossierOf(const v1::GetDossierResponse& answer, const std::string& proof);

}  // namespace candor::pages
