// Every reason that an error carries to a caller: one meaning each, one code each. The
// table with what the caller does next stands in proto/candor/v1/README.md.
#pragma once

#include <array>
#include <string_view>

namespace candor {

inline constexpr std::array<std::string_view, 24> kReasons = {"FIELD_INVALID",
                                                              "TOO_LARGE",
                                                              "POLICY_INVALID",
                                                              "NOT_FOUND",
                                                              "REQUEST_ID_REUSED",
                                                              "SEQUENCE_REUSED",
                                                              "NAME_TAKEN",
                                                              "WRONG_STATE",
                                                              "EXPIRED",
                                                              "ERASED",
                                                              "ON_HOLD",
                                                              "FOUR_EYES_REQUIRED",
                                                              "EVIDENCE_MISSING",
                                                              "LEDGER_READ_ONLY",
                                                              "QUEUE_FULL",
                                                              "STORE_UNAVAILABLE",
                                                              "KEYS_UNAVAILABLE",
                                                              "COMMIT_IN_DOUBT",
                                                              "CREDENTIAL_INVALID",
                                                              "ROLE_MISSING",
                                                              "GRANT_EXCEEDED",
                                                              "VERIFICATION_FAILED",
                                                              "NOT_IMPLEMENTED",
                                                              "INTERNAL"};

}  // namespace candor
