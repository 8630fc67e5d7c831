// Tenants, principals, keys and settings: every change is a leaf, written in one commit
// with the rows that it is about.
//
// Thread-safe. Each call waits for its commit: these are rare.
#pragma once

#include <functional>
#include <optional>

#include "services/core/tlog/checkpoint.h"
#include "services/flow/entries.h"
#include "services/flow/settings_book.h"
#include "services/ledger/appender.h"

namespace candor::flow {

// A principal with, at first, the text of a key for it.
struct MadePrincipal {
  store::PrincipalRow principal;
  std::string api_key;  // Empty when the request was a repetition: it is shown once.
};

class Administer {
 public:
  // Makes the text of an API key and its stored parts; comes from identity/.
  struct KeyParts {
    Uuid key_id;
    std::string text;
    Digest secret_hash;
  };
  using MakeKey = std::function<KeyParts(const Uuid& key_id)>;

  // All must outlive this.
  Administer(ledger::Ledgers& ledgers, ledger::Appender& appender, SettingsBook& settings,
             store::Pool& readers, MakeKey make_key, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), settings_(settings), readers_(readers),
        make_key_(std::move(make_key)), clock_(clock) {}

  struct MadeTenant {
    store::TenantRow tenant;
    ledger::Receipt receipt;                // Of leaf 0.
    std::optional<MadePrincipal> principal;
  };
  // The ledger that a new one goes on from, and its last checkpoint where it is read-only.
  struct Predecessor {
    Uuid tenant;
    std::string checkpoint;
  };
  // Makes a tenant, its leaf 0 and, unless `first_principal` is empty, a tenant's system of
  // that code with a key; closes the predecessor. Repeating it goes on where it stopped. Errors:
  // kAlreadyExists; kNotFound, kInvalidArgument, kFailedPrecondition of the predecessor.
  absl::StatusOr<MadeTenant> CreateTenant(const domain::Caller& caller, const domain::Statement& statement,
                                          const std::string& origin, const std::string& first_principal,
                                          const std::optional<Predecessor>& predecessor);

  // How a ledger is linked to others: what its first leaf and its last one say.
  struct Links {
    std::optional<core::Checkpoint> predecessor;
    std::string successor;
  };
  absl::StatusOr<Links> LinksOf(const Uuid& tenant);

  struct Made {
    ledger::Receipt receipt;
    Uuid leaf;              // Its id; of a principal or a key it is theirs too.
    bool repeated = false;  // The request had been recorded before.
  };
  absl::StatusOr<Made> SetLimits(const domain::Caller& caller, const Uuid& tenant,
                                 domain::Statement statement, const store::LimitsRow& limits);

  struct NewPrincipal {
    std::string kind, code;
    std::vector<std::string> roles;
  };
  absl::StatusOr<Made> CreatePrincipal(const domain::Caller& caller, const Uuid& tenant,
                                       domain::Statement statement, const NewPrincipal& made);
  // Errors of these three: kNotFound; kFailedPrecondition WRONG_STATE when the principal or
  // key was ended before, by another request.
  absl::StatusOr<Made> CreateApiKey(const domain::Caller& caller, const Uuid& tenant, domain::Statement statement,
                                    const Uuid& principal, absl::Time expire_time, KeyParts& key);
  absl::StatusOr<Made> DisablePrincipal(const domain::Caller& caller, const Uuid& tenant,
                                        domain::Statement statement, const Uuid& principal,
                                        store::PrincipalRow& row);
  absl::StatusOr<Made> RevokeApiKey(const domain::Caller& caller, const Uuid& tenant,
                                    domain::Statement statement, const Uuid& key, store::ApiKeyRow& row);

  // That a token for a person was given.
  absl::StatusOr<Made> IssuePersonToken(const domain::Caller& caller, const Uuid& tenant,
                                        domain::Statement statement) {
    return Append(caller, tenant, std::move(statement), "person_token", {});
  }

 private:
  absl::StatusOr<Made> Append(const domain::Caller& caller, const Uuid& tenant, domain::Statement statement,
                              std::string type, std::vector<store::SideRow> side);
  absl::StatusOr<Made> Wait(const Uuid& tenant, ledger::Entry entry);
  absl::StatusOr<core::Checkpoint> End(const Uuid& request, const Predecessor& predecessor,
                                       const std::string& successor);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  SettingsBook& settings_;
  store::Pool& readers_;
  const MakeKey make_key_;
  const Clock& clock_;
};

}  // namespace candor::flow
