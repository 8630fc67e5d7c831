// The words that a policy set may use where not every code will do: those of the enums in
// proto/candor/v1, as leaves have them.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace candor::policy {

inline constexpr std::array<std::string_view, 3> kCalls = {"authorize", "record", "observe"};

inline constexpr std::array<std::string_view, 6> kStages = {"decide", "effect", "publish", "release", "change", "erase"};

inline constexpr std::array<std::string_view, 12> kDomains = {
    "credit", "employment",        "housing",        "education", "insurance",  "health",
    "essential_service", "public_benefit", "legal", "moderation", "platform_work", "other"};

inline constexpr std::array<std::string_view, 6> kRoles = {"provider", "deployer",    "both",
                                                           "importer", "distributor", "score_supplier"};

inline constexpr std::array<std::string_view, 22> kNotices = {
    "ai_interaction", "agent_principal", "ai_content",       "deepfake",             "emotion_biocat", "art26_11",
    "worker_26_7",    "privacy_13_14",   "adm_preuse_ca",    "co_preuse",            "co_adverse",     "ll144",
    "il_ai",          "ecoa_adverse",    "fcra_615a",        "fcra_pre_adverse",     "risk_based_pricing",
    "ccd2_refusal",   "pwd_reasons",     "dsa_sor",          "bot",                  "other"};

// Those with a meaning of their own to callers; any other code is `custom` to them.
inline constexpr std::array<std::string_view, 8> kObligationTypes = {
    "disclose_ai", "mask_fields", "notify_person", "require_review", "cap_amount", "retain_until", "step_up", "notification"};

template <typename List>
constexpr bool Holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace candor::policy
