// The world of the end-to-end tests: a real candord on a real PostgreSQL, one of each for
// a program, and in it tenants like this one:
//
//   system refund_bot, model chooser, versions v7 and v8
//   action refund.grant: outcomes granted and refused, reasons too_late and not_ours,
//   purpose service_recovery; amounts to 100 eur, confidence from 0.8
//
// A test makes a tenant of its own and sees no other's. Belongs to one thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "candor/v1/admin_service.pb.h"
#include "candor/v1/decision_service.pb.h"
#include "candor/v1/ledger_service.pb.h"
#include "candor/v1/registry_service.pb.h"
#include "services/core/leaf/leaf.h"
#include "services/core/tlog/note.h"
#include "tests/e2e/client.h"
#include "tests/e2e/process.h"
#include "tests/testing/postgres.h"

namespace candor::e2e {

// A new request id.
std::string NewId();

struct Tenant {
  std::string id, origin;
  core::VerifierKey key;
  Client system;     // The tenant's own system: administers, registers, reads.
  Client component;  // A component, called refund_client in leaves.
};

// Whether a receipt proves, with nothing but the tenant's key, that its leaf stands in the
// ledger at its position. Gives the leaf.
::testing::AssertionResult Verifies(const v1::Receipt& receipt, const core::VerifierKey& key,
                                  core::Leaf* leaf = nullptr);

// Whether an answer is that of the request, as its leaf says it: verdict and expiry too.
::testing::AssertionResult Verifies(const v1::AuthorizeRequest& request, const v1::AuthorizeResponse& response,
                                  const core::VerifierKey& key, core::Leaf* leaf = nullptr);
::testing::AssertionResult Verifies(const v1::RecordRequest& request, const v1::RecordResponse& response,
                                  const core::VerifierKey& key, core::Leaf* leaf = nullptr);

// Whether an error is one that the contract knows, of this code and reason.
::testing::AssertionResult Refused(const grpc::Status& status, grpc::StatusCode code, const std::string& reason);

// A question that is allowed, and the record that what was allowed was done.
v1::AuthorizeRequest Question(const std::string& person = "customer-1182");
v1::RecordRequest RecordOf(const std::string& authorization_id);

// Texts of a list in facts, in their order; nothing where it is missing.
std::vector<std::string> TextsOf(const core::Json& facts, const std::string& name);
// The text of a fact; empty where it is missing.
std::string FactOf(const core::Leaf& leaf, const std::string& name);

class World {
 public:
  // That of this program; made by the first call.
  static World& Get();

  Server& server() { return server_; }
  const std::string& database() const { return database_; }
  const Folder& folder() const { return folder_; }
  // The operator, who belongs to no tenant.
  Client Operator() const;

  Tenant MakeTenant();
  // Sets how long an authorization may be used and its outcome is waited for.
  static void SetTimes(const Tenant& tenant, std::uint32_t authorization_seconds, std::uint32_t outcome_seconds);
  // A new principal with one role, and a client with its key.
  static Client MakeCaller(const Tenant& tenant, v1::Role role, const std::string& code);

  // A new human with these roles: the id of the principal. And a client with a new key for a
  // principal.
  static std::string MakeHuman(const Tenant& tenant, const std::vector<v1::Role>& roles, const std::string& code);
  static Client MakeKey(const Tenant& tenant, const std::string& principal_id);

  // A person, with a token that the tenant's system asked for.
  static Client MakePerson(const Tenant& tenant, const std::string& reference, const std::string& language = {},
                           bool read_only = false);

  // Leaves in the tenant's ledger, as PostgreSQL has them.
  std::uint64_t SizeOf(const Tenant& tenant) const;
  ::testing::AssertionResult Grew(const Tenant& tenant, std::uint64_t size_before, std::uint64_t by) const;

 private:
  World();

  Folder folder_;
  const std::string database_;
  Server server_;
  int tenants_ = 0;
};

// Makes a tenant on any server; `origin` must be new.
Tenant MakeTenant(const Client& candor_operator, const std::string& origin);

}  // namespace candor::e2e
