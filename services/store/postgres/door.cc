#include "services/store/postgres/door.h"

#include <poll.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/store/append.h"

namespace candor::store {

// Counts what the server says beside its answers. A cancelled wait for a standby ends in
// an ordinary COMMIT with a translated warning, so any notice makes a commit doubtful.
class Door::Notices final : public pqxx::errorhandler {
 public:
  explicit Notices(pqxx::connection& connection) : pqxx::errorhandler(connection) {}
  bool operator()(const char[]) noexcept override {
    ++count_;
    return false;
  }
  int count() const { return count_; }

 private:
  int count_ = 0;
};

// A transaction of libpqxx, but for when it begins. A caller waits as long for BEGIN alone as for a look-up.
class Door::Work final : public pqxx::internal::basic_transaction {
 public:
  Work(pqxx::connection& connection, Begins begins)
      : namedclass("work"),
        basic_transaction(connection, pqxx::isolation_traits<pqxx::read_committed>::name(), pqxx::read_write),
        begins_(begins) {
    Begin();
  }
  ~Work() override { End(); }

 private:
  void do_begin() override {
    if (begins_ == Begins::kAlone) Start("BEGIN");
  }
  pqxx::result do_exec(const char query[]) override {
    return begun_ ? basic_transaction::do_exec(query) : Start(std::string("BEGIN;").append(query));
  }
  void do_abort() override {
    if (begun_) basic_transaction::do_abort();
  }
  pqxx::result Start(const std::string& sql) {
    begun_ = true;  // What failed in there is rolled back too.
    return direct_exec(sql.c_str());
  }

  const Begins begins_;
  bool begun_ = false;
};

namespace {

constexpr const char* RoleName(Role role) {
  switch (role) {
    case Role::kOwner: return "";
    case Role::kWriter: return "candor_writer";
    case Role::kReader: return "candor_reader";
    case Role::kAuditor: return "candor_auditor";
    case Role::kEraser: return "candor_eraser";
  }
  return "";
}

// Full disk, too many connections, shutting down: the operator's matter, not the caller's.
bool IsAboutResources(const std::string& sqlstate) {
  return sqlstate.rfind("53", 0) == 0 || sqlstate.rfind("57P", 0) == 0 ||
         sqlstate.rfind("58", 0) == 0;
}

absl::Status Away(const char* what) {
  return Because(absl::UnavailableError(what), "STORE_UNAVAILABLE");
}

}  // namespace

bool HungUp(int socket) {
  pollfd polled{.fd = socket, .events = POLLRDHUP, .revents = 0};
  return poll(&polled, 1, 0) > 0;
}

absl::Status CommitInDoubt() {
  return Because(absl::UnknownError("the commit is in doubt: repeat with the same request_id"),
                 "COMMIT_IN_DOUBT");
}

Door::Door(Address address, Role role) : address_(std::move(address)), role_(role) {}
Door::~Door() = default;

absl::Status Door::Ensure() {
  if (connection_ && connection_->is_open() && !HungUp(connection_->sock())) {
    return absl::OkStatus();
  }
  return Guard([&] { return Connect(); });
}

void Door::Disconnect() {
  notices_.reset();
  connection_.reset();
  prepared_.clear();
}

absl::Status Door::Connect() {
  Disconnect();
  auto fresh = std::make_unique<pqxx::connection>(address_.url);
  {
    pqxx::nontransaction session(*fresh);
    session.exec(
        "SET client_min_messages = warning; SET bytea_output = hex; SET timezone = 'UTC';"
        "SET synchronous_commit = on; SET plan_cache_mode = force_generic_plan;"
        // Point look-ups by key, whatever the statistics of a young table say.
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off");
    if (const char* role = RoleName(role_); *role != '\0') {
      session.exec(absl::StrCat("SET ROLE ", role));
    }
    const pqxx::row row = session.exec1(
        "SELECT current_setting('fsync'), current_setting('full_page_writes'), "
        "pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system()), "
        "CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END");
    if (role_ != Role::kReader && role_ != Role::kAuditor) {
      if (row[0].as<std::string>() != "on" || row[1].as<std::string>() != "on") {
        return Because(absl::FailedPreconditionError(
                           "the database runs with fsync or full_page_writes off: turn both on"),
                       "STORE_UNAVAILABLE");
      }
      if (row[2].as<bool>()) return Away("the database is a standby: connect to the primary");
    }
    system_identifier_ = absl::StrCat(row[3].as<std::string>(), "/", row[4].as<std::string>());
  }
  connection_ = std::move(fresh);
  notices_ = std::make_unique<Notices>(*connection_);
  return absl::OkStatus();
}

void Door::Prepare(std::string_view name, const char* sql) {
  Prepare(name, [sql] { return std::string(sql); });
}

void Door::Prepare(std::string_view name, absl::FunctionRef<std::string()> sql) {
  if (prepared_.find(name) != prepared_.end()) return;
  const auto known = prepared_.emplace(name).first;
  connection_->prepare(*known, sql());
  connection_->prepare_now(*known);
}

absl::Status Door::InTransaction(Begins begins, absl::FunctionRef<absl::Status(pqxx::transaction_base&)> work) {
  CANDOR_RETURN_IF_ERROR(Ensure());
  return Guard([&]() -> absl::Status {
    const int notices = notices_->count();
    Work transaction(*connection_, begins);
    CANDOR_RETURN_IF_ERROR(work(transaction));
    transaction.commit();
    return notices_->count() == notices ? absl::OkStatus() : CommitInDoubt();
  });
}

absl::Status Door::Read(absl::FunctionRef<absl::Status(pqxx::nontransaction&)> read) {
  CANDOR_RETURN_IF_ERROR(Ensure());
  return Guard([&]() -> absl::Status {
    pqxx::nontransaction session(*connection_);
    return read(session);
  });
}

absl::Status Door::Guard(absl::FunctionRef<absl::Status()> action) {
  // From the most particular exception to the most general: in libpqxx 6.4
  // statement_completion_unknown is a transaction_rollback, yet is in doubt.
  // PostgreSQL's own message stays inside, because it can quote row values.
  try {
    return action();
  } catch (const pqxx::in_doubt_error&) {
    Disconnect();
    return CommitInDoubt();
  } catch (const pqxx::statement_completion_unknown&) {
    Disconnect();
    return CommitInDoubt();
  } catch (const pqxx::transaction_rollback&) {
    return Because(absl::AbortedError("rolled back in favour of another transaction: repeat"),
                   "STORE_UNAVAILABLE");
  } catch (const pqxx::broken_connection&) {
    Disconnect();
    return Away("the database connection broke");
  } catch (const pqxx::foreign_key_violation&) {
    return Because(absl::AbortedError("what it names was deleted meanwhile: repeat"), "STORE_UNAVAILABLE");
  } catch (const pqxx::unique_violation& error) {
    return Because(absl::AlreadyExistsError("the row exists"), "NAME_TAKEN");
  } catch (const pqxx::sql_error& error) {
    if (IsAboutResources(error.sqlstate())) {
      return Away("the database refuses to write: look at its disk, memory and log");
    }
    return absl::InternalError(
        absl::StrCat("the database refused a statement, SQLSTATE ", error.sqlstate()));
  } catch (const pqxx::failure& error) {
    Disconnect();
    return Away("the database connection failed");
  }
}

Connection::Connection(Address address, Role role)
    : door_(std::make_unique<Door>(std::move(address), role)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
absl::Status Connection::Ensure() { return door_->Ensure(); }
const std::string& Connection::system_identifier() const { return door_->system_identifier(); }

Pool::Lease Pool::Borrow() {
  {
    absl::MutexLock lock(&mutex_);
    if (!idle_.empty()) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
  }
  return Lease(*this, Connection(address_, role_));
}

void Pool::Return(Connection connection) {
  absl::MutexLock lock(&mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace candor::store
