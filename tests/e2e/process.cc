#include "tests/e2e/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace candor::e2e {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr auto kPause = 5ms;
constexpr auto kMostWait = 120s;
constexpr const char* kGuard = R"sh(trap '' HUP INT TERM; read -r _; rm -rf -- "$1")sh";
constexpr std::string_view kServing = R"("event":"serving","address":")";

[[noreturn]] void Give(const std::string& why) {
  std::fprintf(stderr, "the candord of the tests: %s\n", why.c_str());
  std::abort();
}

// Starts a program in a session of its own, its input from `input` or nothing, its words
// at the end of `log`.
pid_t Spawn(const std::vector<std::string>& command, int input, const std::string& log) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::string path = "PATH=/usr/bin:/bin", locale = "LC_ALL=C";
  char* environment[] = {path.data(), locale.data(), nullptr};

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (input < 0) {
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  }
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

  pid_t process = -1;
  const int error = posix_spawnp(&process, words[0], &files, &attributes, words.data(), environment);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) Give(command.front() + " cannot be started");
  return process;
}

int WaitFor(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Folder::Folder() : path_("/tmp/candor-e2e.XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) Give("no folder can be made");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Give("no pipe can be made");
  guard_ = Spawn({"/bin/sh", "-c", kGuard, "sh", path_}, ends[0], "/dev/null");
  close(ends[0]);
  pipe_ = ends[1];
}

Folder::~Folder() {
  close(pipe_);
  WaitFor(guard_);
}

bool Server::TryStart() {
  const std::string log_path = options_.state + ".log";
  const std::size_t before = ReadText(log_path).size();
  const char* named = std::getenv("CANDOR_CANDORD");  // Such as one built with sanitizers.  NOLINT(concurrency-mt-unsafe)
  std::vector<std::string> command = {"setpriv", "--pdeathsig", "KILL", named == nullptr ? CANDOR_BINARY_DIR "/bin/candord" : named,
                                      "--database", options_.database, "--state", options_.state,
                                      "--listen", "127.0.0.1:0", "--migrate"};
  if (!options_.marks.empty()) command.insert(command.end(), {"--marks", options_.marks});
  command.insert(command.end(), options_.more.begin(), options_.more.end());
  process_ = Spawn(command, -1, log_path);
  const auto end = std::chrono::steady_clock::now() + kMostWait;
  for (;;) {
    const bool ended = waitpid(process_, nullptr, WNOHANG) != 0;
    const std::string said = ReadText(log_path).substr(before);
    const std::size_t at = said.find(kServing);
    if (!ended && at != std::string::npos) {
      const std::size_t begin = at + kServing.size();
      address_ = said.substr(begin, said.find('"', begin) - begin);
      return true;
    }
    if (ended) {
      process_ = -1;
      return false;
    }
    if (std::chrono::steady_clock::now() > end) Give("it does not serve:\n" + said);
    std::this_thread::sleep_for(kPause);
  }
}

void Server::Start() {
  if (!TryStart()) Give("it ended at its start:\n" + log());
}

void Server::Kill() {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  WaitFor(process_);
  process_ = -1;
}

int Server::Stop() {
  kill(process_, SIGTERM);
  const int status = WaitFor(process_);
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace candor::e2e
