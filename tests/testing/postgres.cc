#include "tests/testing/postgres.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace candor::testing {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr auto kPause = 20ms;
constexpr auto kMostWait = 120s;  // After a crash the server reads its log first.

// What the guard runs: waits until the test program is gone, ends the server, unless its
// number belongs to another program by now, and removes the folder. The program holds
// the other end of its input and never writes to it.
constexpr const char* kGuard = R"sh(
trap '' HUP INT TERM
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
runs() {
  [ -n "$pid" ] && grep -qF -- "$1/data" "/proc/$pid/cmdline" 2>/dev/null
}
if runs "$1"; then kill -QUIT "$pid"; fi
tries=0
while runs "$1" && [ "$tries" -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
if runs "$1"; then kill -KILL "$pid"; fi
rm -rf -- "$1"
)sh";

constexpr const char* kSettings = R"(
listen_addresses = ''
max_connections = 100
shared_buffers = 64MB
jit = off
logging_collector = off
)";

[[noreturn]] void Give(const std::string& why) {
  std::fprintf(stderr, "the PostgreSQL of the tests: %s\n", why.c_str());
  std::abort();
}

// As much as can be read: a process may end while its file in /proc is.
std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// TMPDIR, unless a socket's path would be too long there or need escapes in a URL.
std::string TemporaryFolder() {
  const char* named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  const std::string folder = named == nullptr ? "" : named;
  const bool plain = std::all_of(folder.begin(), folder.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '-' || c == '_' || c == '.';
  });
  return plain && folder.size() > 1 && folder.size() < 60 ? folder : "/tmp";
}

// The folder of the newest server that is installed, 15 or later.
std::string FindPrograms() {
  std::string best;
  int best_version = 14;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    const std::string folder = entry.path() / "bin";
    if (version > best_version && access((folder + "/initdb").c_str(), X_OK) == 0) {
      best_version = version;
      best = folder;
    }
  }
  if (best.empty()) Give("no initdb in /usr/lib/postgresql/*/bin: install postgresql-15");
  return best;
}

// Starts a program in a session of its own, its input from `input`, its words into `log`.
pid_t Spawn(const std::vector<std::string>& command, int input, const std::string& log) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::string path = "PATH=/usr/bin:/bin", locale = "LC_ALL=C";
  char* environment[] = {path.data(), locale.data(), nullptr};

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addchdir_np(&files, "/");
  if (input < 0) {
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  }
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

  pid_t pid = -1;
  const int error = posix_spawnp(&pid, words[0], &files, &attributes, words.data(), environment);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) Give(command.front() + " cannot be started: " + std::strerror(error));
  return pid;
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

struct Process {
  pid_t parent = 0;
  char state = '?';
};

// Of a process that lives, or nothing: the fields after its name, which stands in brackets.
std::optional<Process> Look(pid_t pid) {
  const std::string text = ReadText("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos || end + 4 >= text.size()) return std::nullopt;
  Process process;
  process.state = text[end + 2];
  std::from_chars(text.data() + end + 4, text.data() + text.size(), process.parent);
  return process;
}

// Each backend is a session of its own, so the server's children are found by parent.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    const std::optional<Process> process = Look(pid);
    if (process && process->parent == parent) children.push_back(pid);
  }
  return children;
}

}  // namespace

Postgres& Postgres::Get() {
  static Postgres postgres(nullptr);
  return postgres;
}

Postgres::Postgres(const Postgres* primary) : programs_(FindPrograms()), server_user_(getuid()), server_group_(getgid()) {
  if (server_user_ == 0) {
    const passwd* user = getpwnam("postgres");  // NOLINT(concurrency-mt-unsafe)
    if (user == nullptr) Give("there is no user postgres to run it as");
    server_user_ = user->pw_uid;
    server_group_ = user->pw_gid;
  }
  folder_ = TemporaryFolder() + "/candor-test.XXXXXX";
  if (mkdtemp(folder_.data()) == nullptr) Give("no folder can be made at " + folder_);
  if (chown(folder_.c_str(), server_user_, server_group_) != 0) Give("chown " + folder_);
  StartGuard();
  primary == nullptr ? MakeCluster() : CopyCluster(*primary);
  Start();
}

Postgres::~Postgres() {
  if (server_ > 0) {
    kill(server_, SIGQUIT);
    WaitFor(server_);
  }
  close(guard_pipe_);
  WaitFor(guard_);
}

void Postgres::StartGuard() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Give("no pipe can be made");
  guard_ = Spawn({"/bin/sh", "-c", kGuard, "sh", folder_}, ends[0], "/dev/null");
  close(ends[0]);
  guard_pipe_ = ends[1];
}

std::vector<std::string> Postgres::AsServerUser(std::vector<std::string> command) const {
  if (getuid() != 0) return command;
  std::vector<std::string> all = {"setpriv", "--reuid=" + std::to_string(server_user_),
                                  "--regid=" + std::to_string(server_group_), "--clear-groups"};
  std::move(command.begin(), command.end(), std::back_inserter(all));
  return all;
}

void Postgres::MakeCluster() {
  const std::string log = folder_ + "/initdb.log", data = folder_ + "/data";
  const pid_t initdb =
      Spawn(AsServerUser({programs_ + "/initdb", "--pgdata=" + data, "--username=postgres",
                          "--encoding=UTF8", "--locale=C", "--auth=trust", "--data-checksums",
                          "--no-instructions", "--no-sync"}),
            -1, log);
  if (WaitFor(initdb) != 0) Give("initdb failed:\n" + ReadText(log));
  AddSettings(kSettings);
}

void Postgres::AddSettings(const std::string& more) const {
  std::ofstream settings(folder_ + "/data/postgresql.conf", std::ios::app);
  settings << more << "unix_socket_directories = '" << folder_ << "'\n";
  settings.close();
  if (!settings) Give("its settings cannot be written");
}

void Postgres::CopyCluster(const Postgres& primary) {
  const std::string log = folder_ + "/basebackup.log";
  const pid_t copying = Spawn(
      AsServerUser({programs_ + "/pg_basebackup", "--pgdata=" + folder_ + "/data", "--checkpoint=fast", "--no-sync",
                    "--write-recovery-conf",
                    "--dbname=host=" + primary.folder_ + " user=postgres application_name=" + kStandby}),
      -1, log);
  if (WaitFor(copying) != 0) Give("pg_basebackup failed:\n" + ReadText(log));
  AddSettings("");
  databases_ = 1;  // What was made there is here.
}

std::unique_ptr<Postgres> Postgres::MakeStandby() {
  std::unique_ptr<Postgres> standby(new Postgres(this));
  AwaitStandby();
  return standby;
}

void Postgres::AwaitStandby() {
  Session session(UrlOf("postgres", "postgres"));
  const auto end = std::chrono::steady_clock::now() + kMostWait;
  const std::string now = session.Run("SELECT pg_current_wal_lsn()").value();
  while (session.Run("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= '" + now + "'").value() != "1") {
    if (std::chrono::steady_clock::now() > end) Give("no standby follows");
    std::this_thread::sleep_for(kPause);
  }
}

void Postgres::Promote() {
  if (Session(UrlOf("postgres", "postgres")).Run("SELECT pg_promote()").value() != "t") Give("it is not promoted");
}

std::string Postgres::UrlOfEither(const std::string& url, const Postgres& other) const {
  return url + "," + other.folder_ + "&target_session_attrs=read-write";
}

void Postgres::Start() {
  if (server_ > 0) return;
  const std::string log = folder_ + "/postgres.log";
  server_ = Spawn(AsServerUser({programs_ + "/postgres", "-D", folder_ + "/data"}), -1, log);
  const std::string url = UrlOf("postgres", "postgres");
  const auto end = std::chrono::steady_clock::now() + kMostWait;
  while (PQping(url.c_str()) != PQPING_OK) {
    if (waitpid(server_, nullptr, WNOHANG) != 0) {
      server_ = -1;
      Give("it ended at its start:\n" + ReadText(log));
    }
    if (std::chrono::steady_clock::now() > end) Give("it does not answer:\n" + ReadText(log));
    std::this_thread::sleep_for(kPause);
  }
  if (databases_ == 0) Session(url).Run("CREATE ROLE candor LOGIN CREATEROLE");
}

void Postgres::Kill() {
  if (server_ <= 0) return;
  kill(server_, SIGSTOP);  // It must not make new children while the old ones are counted.
  for (;;) {
    const std::optional<Process> process = Look(server_);
    if (!process || process->state == 'T' || process->state == 'Z') break;
    std::this_thread::sleep_for(1ms);
  }
  const std::vector<pid_t> children = ChildrenOf(server_);
  for (const pid_t child : children) kill(child, SIGKILL);
  kill(server_, SIGKILL);
  WaitFor(server_);
  server_ = -1;
  // A child that still lives keeps the shared memory, and no new server could start.
  for (const pid_t child : children) {
    for (std::optional<Process> left = Look(child); left && left->state != 'Z';
         left = Look(child)) {
      std::this_thread::sleep_for(1ms);
    }
  }
}

std::string Postgres::Url() {
  const std::string name = "test_" + std::to_string(++databases_);
  const Answer made =
      Session(UrlOf("postgres", "postgres")).Run("CREATE DATABASE " + name + " OWNER candor");
  if (!made.ok()) Give("CREATE DATABASE was refused, SQLSTATE " + made.sqlstate);
  return UrlOf(name, "candor");
}

std::string Postgres::ForSuperuser(const std::string& url) {
  std::string changed = url;
  return changed.replace(changed.find("candor@"), std::strlen("candor"), "postgres");
}

std::string Postgres::UrlOf(const std::string& database, const std::string& user) const {
  return "postgresql://" + user + "@/" + database + "?host=" + folder_;
}

std::string Answer::value() const {
  return rows.size() == 1 && rows[0].size() == 1 ? rows[0][0] : std::string();
}

void Session::Close::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Session::Session(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) Give(PQerrorMessage(connection_.get()));
  const auto ignore = [](void*, const char*) {};
  PQsetNoticeProcessor(connection_.get(), ignore, nullptr);
}

Session::~Session() = default;

namespace {

Answer AnswerOf(PGresult* result, const PGconn* connection) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> owner(result, PQclear);
  Answer answer;
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    answer.sqlstate = sqlstate == nullptr ? "08006" : sqlstate;
    answer.constraint = constraint == nullptr ? "" : constraint;
    if (PQstatus(connection) != CONNECTION_OK) answer.sqlstate = "08006";
    return answer;
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    std::vector<std::string>& values = answer.rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column) {
      values.emplace_back(PQgetvalue(result, row, column),
                          static_cast<std::size_t>(PQgetlength(result, row, column)));
    }
  }
  return answer;
}

}  // namespace

Answer Session::Run(const std::string& sql) {
  return AnswerOf(PQexec(connection_.get(), sql.c_str()), connection_.get());
}

Answer Session::Run(const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  return AnswerOf(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                               nullptr, values.data(), nullptr, nullptr, 0),
                  connection_.get());
}

}  // namespace candor::testing
