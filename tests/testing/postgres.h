// A real PostgreSQL for tests: a private cluster, made once for each test program, with a
// fresh database for each test; and a plain session to look at it from outside of Candor.
//
// The cluster lies in a temporary folder with its own Unix socket, no TCP, fsync on and
// data checksums. PostgreSQL refuses to run as root: then it runs as the user `postgres`.
// A guard process of its own session ends the server and removes the folder when the test
// program is gone, however it went.
//
//   candor::testing::Postgres& postgres = candor::testing::Postgres::Get();
//   const std::string url = postgres.Url();     // a database that nobody used before
//   postgres.Kill();                            // as a power cut: every process at once
//   postgres.Start();                           // recovers; `url` is good again
//
// Postgres may be used by one thread at a time, a Session likewise. What cannot work
// (no initdb, no user `postgres`) ends the program with the server's log.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pg_conn;

namespace candor::testing {

class Postgres {
 public:
  // The cluster of this program; made and started by the first call.
  static Postgres& Get();

  // A standby that follows this cluster, in a folder of its own; it has what is there now.
  // It may be killed, started and promoted; it ends with its owner.
  std::unique_ptr<Postgres> MakeStandby();
  // Where it calls itself so: for synchronous_standby_names.
  static constexpr const char* kStandby = "standby";
  // Waits until a standby of this cluster has replayed everything.
  void AwaitStandby();
  // Makes a standby a primary, on another time line.
  void Promote();

  // The address of a database wherever it can be written to: here or at `other`.
  std::string UrlOfEither(const std::string& url, const Postgres& other) const;

  // Makes a database and gives its address. Its owner, the user `candor`, may make roles
  // and is no superuser, as in a real installation.
  std::string Url();

  // The same database for a superuser, who may change the server's settings.
  static std::string ForSuperuser(const std::string& url);

  // Kills the server and all its children with SIGKILL, and waits until they are gone.
  void Kill();

  // Starts the server again and waits until it answers.
  void Start();

  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

 private:
  explicit Postgres(const Postgres* primary);
  void StartGuard();
  void MakeCluster();
  void CopyCluster(const Postgres& primary);
  void AddSettings(const std::string& more) const;
  std::vector<std::string> AsServerUser(std::vector<std::string> command) const;
  std::string UrlOf(const std::string& database, const std::string& user) const;

  std::string folder_;    // Everything lies here; removed at the end.
  std::string programs_;  // The folder of initdb and postgres.
  uid_t server_user_ = 0;
  gid_t server_group_ = 0;
  pid_t server_ = -1;
  pid_t guard_ = -1;
  int guard_pipe_ = -1;  // Closed by the kernel at the latest; then the guard acts.
  int databases_ = 0;
};

// What a statement came to: its rows, or why it was refused.
struct Answer {
  std::string sqlstate;                        // Empty: it succeeded.
  std::string constraint;                      // The constraint that refused a row, if one did.
  std::vector<std::vector<std::string>> rows;  // NULL reads as an empty text.

  bool ok() const { return sqlstate.empty(); }
  // The one value of an answer of one row and column; an empty text otherwise.
  std::string value() const;
};

// A connection that is not Candor's: for a look at tables, or for damaging them.
class Session {
 public:
  // Connects; ends the program when it can't.
  explicit Session(const std::string& url);
  ~Session();

  // Runs one statement, or several without parameters.
  Answer Run(const std::string& sql);
  Answer Run(const std::string& sql, const std::vector<std::string>& parameters);

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace candor::testing
