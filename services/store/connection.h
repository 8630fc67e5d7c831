// One connection to PostgreSQL, and a pool of them.
//
// A Connection belongs to one thread at a time; the Pool is thread-safe. A connection
// that broke is made anew at its next use. Every session sets its role, so that the
// database itself refuses what a part of the service must not do.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace candor::store {

class Door;

// What a session may do; see schema/migrations/V0001.
enum class Role { kOwner, kWriter, kReader, kAuditor, kEraser };

// Sessions of bulk reads that wait for their next one. Thread-safe.
class IdleSessions;
std::shared_ptr<IdleSessions> MakeIdleSessions();

// Where the database is, as libpq reads it: postgresql://… or key=value.
struct Address {
  std::string url;
  std::shared_ptr<IdleSessions> idle{};  // Nothing: each bulk read makes a session.
};

class Connection {
 public:
  Connection(Address address, Role role);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  // Connects unless connected. Errors:
  //   kUnavailable         the server does not answer; repeat later.
  //   kFailedPrecondition  the server runs with fsync or full_page_writes off, or is a standby.
  absl::Status Ensure();

  // Identifies the database: system identifier and time line at the time of connecting.
  const std::string& system_identifier() const;

  Door& door() { return *door_; }

 private:
  std::unique_ptr<Door> door_;
};

// Connections of one role, lent one at a time.
class Pool {
 public:
  Pool(Address address, Role role) : address_(std::move(address)), role_(role) {}

  class Lease {
   public:
    Lease(Pool& pool, Connection connection) : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() { pool_.Return(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Connection& operator*() { return connection_; }
    Connection* operator->() { return &connection_; }

   private:
    Pool& pool_;
    Connection connection_;
  };
  Lease Borrow();

 private:
  void Return(Connection connection);

  const Address address_;
  const Role role_;
  absl::Mutex mutex_;
  std::vector<Connection> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::store
