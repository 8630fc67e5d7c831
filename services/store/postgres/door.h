// The door to libpqxx: the only place where its exceptions become a Status, and where
// versions 6 and 7 would differ. A Door belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <pqxx/pqxx>
#include <set>
#include <string>

#include "absl/functional/function_ref.h"
#include "services/base/status.h"
#include "services/store/connection.h"

namespace candor::store {

// Whether the server ended a session while it was idle: it restarted, or it failed over.
bool HungUp(int socket);

class Door {
 public:
  Door(Address address, Role role);
  ~Door();

  absl::Status Ensure();

  // Runs `work` and commits. OK means: COMMIT returned on a living connection and the
  // server sent no notice of any kind. Errors:
  //   kUnknown, COMMIT_IN_DOUBT  the commit may or may not have happened, or is not safe.
  //   kAborted                   rolled back in favour of another transaction; repeat.
  //   kUnavailable               the connection broke, nothing was written; or no room on disk.
  //   as `work`                  rolled back.
  absl::Status InTransaction(absl::FunctionRef<absl::Status(pqxx::transaction_base&)> work) {
    return InTransaction(Begins::kAlone, work);
  }

  // When BEGIN is sent: with kWithFirst in one message with the first statement, which `work` gives to
  // exec() before anything else.
  enum class Begins : std::uint8_t { kAlone, kWithFirst };
  absl::Status InTransaction(Begins begins, absl::FunctionRef<absl::Status(pqxx::transaction_base&)> work);

  // Runs `read` outside of a transaction. Errors: as above, never kUnknown.
  absl::Status Read(absl::FunctionRef<absl::Status(pqxx::nontransaction&)> read);

  // Prepares `sql`, or what it gives, under `name` once for each session.
  void Prepare(std::string_view name, const char* sql);
  void Prepare(std::string_view name, absl::FunctionRef<std::string()> sql);

  const std::string& system_identifier() const { return system_identifier_; }

 private:
  class Notices;
  class Work;
  absl::Status Connect();
  void Disconnect();
  absl::Status Guard(absl::FunctionRef<absl::Status()> action);

  const Address address_;
  const Role role_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<Notices> notices_;
  std::set<std::string, std::less<>> prepared_;
  std::string system_identifier_;
};

}  // namespace candor::store
