#include "services/policy/trial.h"

#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "services/base/clock.h"
#include "services/policy/rule_set.h"

namespace candor::policy {
namespace {

using nlohmann::json;

constexpr rlim_t kCpuSeconds = 20;
constexpr rlim_t kMemoryBytes = rlim_t{2} << 30;
constexpr int kWallMilliseconds = 40'000;
constexpr std::size_t kMostAnswer = 4 * 1024 * 1024;
constexpr std::size_t kMostProblems = 100;

// A file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int* out() { return &number_; }
  int get() const { return number_; }
  void Close() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// What is written to `to` is read from `from`.
bool Connect(Descriptor& from, Descriptor& to) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  *from.out() = ends[0];
  *to.out() = ends[1];
  return true;
}

// Gives `text` to `to` and gathers what comes from `from`, both at once; no after too long.
bool Converse(std::string_view text, Descriptor& to, const Descriptor& from, std::string& answer) {
  const absl::Time end = SystemClock().Now() + absl::Milliseconds(kWallMilliseconds);
  char piece[65536];
  for (;;) {
    const absl::Duration left = end - SystemClock().Now();
    if (left <= absl::ZeroDuration()) return false;
    pollfd waiting[2] = {{.fd = from.get(), .events = POLLIN, .revents = 0},
                         {.fd = to.get(), .events = POLLOUT, .revents = 0}};
    if (poll(waiting, to.get() < 0 ? 1 : 2, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (to.get() >= 0 && waiting[1].revents != 0) {
      const ssize_t count = send(to.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
      if (text.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) to.Close();
    }
    if (waiting[0].revents == 0) continue;
    const ssize_t count = read(from.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    answer.append(piece, static_cast<std::size_t>(count));
    if (answer.size() > kMostAnswer) return false;
  }
}

json ToJson(const TrialReport& report) {
  json problems = json::array();
  for (const Problem& one : report.problems) {
    problems.push_back({{"path", one.path}, {"line", one.line}, {"column", one.column},
                        {"message", one.message.substr(0, 1000)}, {"fatal", one.fatal}});
  }
  return {{"readable", report.readable}, {"digest", report.digest.ToBase64()}, {"problems", problems},
          {"compiled", report.compiled}, {"passed", report.passed}, {"failed", report.failed},
          {"failures", report.failures}};
}

// Takes a member of that kind; no when there is none.
template <typename T>
bool Take(const json& from, const char* name, json::value_t kind, T& to) {
  const auto found = from.is_object() ? from.find(name) : from.end();
  if (found == from.end() || found->type() != kind) return false;
  found->get_to(to);
  return true;
}

bool FromJson(const json& from, Problem& to) {
  using Kind = json::value_t;
  return Take(from, "path", Kind::string, to.path) && Take(from, "line", Kind::number_unsigned, to.line) &&
         Take(from, "column", Kind::number_unsigned, to.column) && Take(from, "message", Kind::string, to.message) &&
         Take(from, "fatal", Kind::boolean, to.fatal);
}

// No: this is not what ToJson wrote.
bool FromJson(const json& answer, TrialReport& report) {
  using Kind = json::value_t;
  std::string digest;
  json problems, failures;
  if (!Take(answer, "readable", Kind::boolean, report.readable) || !Take(answer, "digest", Kind::string, digest) ||
      !Take(answer, "compiled", Kind::boolean, report.compiled) ||
      !Take(answer, "passed", Kind::number_unsigned, report.passed) ||
      !Take(answer, "failed", Kind::number_unsigned, report.failed) || !Digest::FromBase64(digest) ||
      !Take(answer, "problems", Kind::array, problems) || !Take(answer, "failures", Kind::array, failures)) {
    return false;
  }
  report.digest = *Digest::FromBase64(digest);
  for (const json& failure : failures) {
    if (!failure.is_string()) return false;
    report.failures.push_back(failure.get<std::string>());
  }
  return std::all_of(problems.begin(), problems.end(),
                     [&](const json& one) { return FromJson(one, report.problems.emplace_back()); });
}

TrialReport Try(std::string_view archive, absl::Time now) {
  TrialReport report;
  const absl::StatusOr<Bundle> bundle = Bundle::Unpack(archive);
  if (!bundle.ok()) {
    report.problems.push_back(ProblemOf(std::string(bundle.status().message())));
    return report;
  }
  report.readable = true;
  report.digest = bundle->digest();
  const auto set = RuleSet::Load("trial", *bundle, report.problems);
  std::stable_sort(report.problems.begin(), report.problems.end(),
                   [](const Problem& a, const Problem& b) { return a.fatal && !b.fatal; });
  if (report.problems.size() > kMostProblems) report.problems.resize(kMostProblems);
  if (set == nullptr) return report;
  const domain::Settings settings;
  const core::Json nothing = core::Json::Object();
  const std::map<std::string, std::string> no_sections;
  for (const char* call : {"authorize", "record", "observe"}) {
    (void)set->Evaluate({.call = call, .time = now, .facts = nothing, .sections = no_sections, .settings = settings});
  }
  const absl::StatusOr<TestReport> tests = RuleSet::Test(*bundle, "", now, /*coverage=*/false);
  if (!tests.ok()) {
    report.problems.push_back(ProblemOf(std::string(tests.status().message())));
    return report;
  }
  report.compiled = true;
  for (const TestResult& test : tests->tests) {
    if (test.kind == TestResult::Kind::kSkip) continue;
    ++(test.kind == TestResult::Kind::kPass ? report.passed : report.failed);
    if (test.kind == TestResult::Kind::kPass || report.failures.size() >= kMostProblems) continue;
    report.failures.push_back(test.path + (test.message.empty() ? "" : ": " + test.message.substr(0, 500)));
  }
  return report;
}

// Tells what became of the process when it did not answer.
std::string EndOf(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return "took too long to compile or test";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return "took too long or too much memory to compile or test";
  return "ended the process that compiled or tested it";
}

}  // namespace

TrialReport Trial::Run(std::string_view archive) const {
  TrialReport report;
  const auto broke = [&](std::string message) {
    report = {};
    report.problems.push_back(ProblemOf(std::move(message)));
    return report;
  };
  Descriptor in_read, in_write, out_read, out_write;
  if (!Connect(in_read, in_write) || !Connect(out_read, out_write)) return broke("no way to a process that would try the set: repeat");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in_read.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  std::string argument = "policy-trial", program = program_;
  char* arguments[] = {program.data(), argument.data(), nullptr};
  char* no_environment[] = {nullptr};
  pid_t child = 0;
  const int started = posix_spawn(&child, program_.c_str(), &actions, nullptr, arguments, no_environment);
  posix_spawn_file_actions_destroy(&actions);
  if (started != 0) return broke("no process could be started that would try the set: repeat");
  in_read.Close();
  out_write.Close();
  std::string answer;
  const bool ended = Converse(archive, in_write, out_read, answer);
  if (!ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const bool whole = ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!whole || !FromJson(json::parse(answer, nullptr, /*allow_exceptions=*/false), report)) {
    return broke("the set " + EndOf(status));
  }
  return report;
}

int Trial::Main() {
  const rlimit processor{kCpuSeconds, kCpuSeconds + 1}, memory{kMemoryBytes, kMemoryBytes}, no_core{0, 0};
  setrlimit(RLIMIT_CPU, &processor);
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_CORE, &no_core);
  std::string archive;
  char piece[65536];
  for (std::size_t count = 0; (count = std::fread(piece, 1, sizeof piece, stdin)) > 0;) archive.append(piece, count);
  const std::string answer = ToJson(Try(archive, SystemClock().Now())).dump(-1, ' ', false, json::error_handler_t::replace);
  return std::fwrite(answer.data(), 1, answer.size(), stdout) == answer.size() && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace candor::policy
