#include "tests/e2e/cli_run.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "services/base/check.h"

namespace candor::e2e {
namespace {

// A file without a name: what a program wrote is read back from it.
int TemporaryFile() {
  char name[] = "/tmp/candor-cli-run-XXXXXX";
  const int file = mkostemp(name, O_CLOEXEC);
  CANDOR_CHECK(file >= 0);
  unlink(name);
  return file;
}

std::string TextOf(int file) {
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  CANDOR_CHECK(pread(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  close(file);
  return text;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Ran& ran) {
  return out << "exit " << ran.exit << "\n" << ran.out << ran.err;
}

Ran RunCandor(const std::vector<std::string>& words, const std::string& input) {
  return RunProgram(std::string(CANDOR_BINARY_DIR) + "/bin/candor", words, input);
}

Ran RunProgram(std::string program, const std::vector<std::string>& words, const std::string& input) {
  std::vector<char*> arguments = {program.data()};
  std::vector<std::string> owned = words;
  for (std::string& word : owned) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  char path[] = "PATH=/usr/bin:/bin";
  char* environment[] = {path, nullptr};

  const int in = TemporaryFile(), out = TemporaryFile(), err = TemporaryFile();
  CANDOR_CHECK(pwrite(in, input.data(), input.size(), 0) == static_cast<ssize_t>(input.size()));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  pid_t process = -1;
  CANDOR_CHECK(posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(),
                           environment) == 0);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  CANDOR_CHECK(waitpid(process, &status, 0) == process);
  close(in);
  Ran ran{
      .exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1, .out = TextOf(out), .err = TextOf(err)};
  return ran;
}

std::string LineFromEnd(const std::string& text, std::size_t before) {
  std::size_t end = text.size();
  for (std::size_t i = 0;; ++i) {
    if (end == 0) return {};
    const std::size_t start = text.rfind('\n', end - 2);
    const std::size_t first = end < 2 || start == std::string::npos ? 0 : start + 1;
    if (i == before) return text.substr(first, end - 1 - first);
    end = first;
  }
}

}  // namespace candor::e2e
