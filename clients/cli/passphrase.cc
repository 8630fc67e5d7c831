#include "clients/cli/passphrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/key_backup.h"

namespace candor::cli {
namespace {

constexpr std::size_t kLeastBytes = 12;

// The terminal without echo, as long as this lives.
class QuietTerminal {
 public:
  QuietTerminal() : file_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (file_ < 0 || tcgetattr(file_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    usable_ = tcsetattr(file_, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (usable_) tcsetattr(file_, TCSAFLUSH, &before_);
    if (file_ >= 0) close(file_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  bool usable() const { return usable_; }

  std::string Ask(const std::string& question) {
    Say(question);
    std::string line;
    char c = 0;
    while (read(file_, &c, 1) == 1 && c != '\n') line += c;
    Say("\n");
    return line;
  }

 private:
  void Say(const std::string& text) {
    [[maybe_unused]] const ssize_t written = write(file_, text.data(), text.size());
  }

  const int file_;
  termios before_{};
  bool usable_ = false;
};

absl::StatusOr<std::string> Ask(bool fresh) {
  QuietTerminal terminal;
  if (!terminal.usable()) {
    return Unusable("there is no terminal to ask for the passphrase",
                    "give --passphrase-file FILE");
  }
  std::string passphrase = terminal.Ask("Passphrase: ");
  if (!fresh) return passphrase;
  std::string again = terminal.Ask("The same again: ");
  const bool same = passphrase == again;
  Forget(again);
  if (same) return passphrase;
  Forget(passphrase);
  return Unusable("the two passphrases differ", "repeat");
}

}  // namespace

absl::StatusOr<std::string> ReadPassphrase(const std::string& file, bool fresh) {
  CANDOR_ASSIGN_OR_RETURN(std::string passphrase, file.empty() ? Ask(fresh) : ReadLineFile(file));
  if (!fresh || passphrase.size() >= kLeastBytes) return passphrase;
  Forget(passphrase);
  return Unusable("the passphrase is shorter than 12 characters",
                  "take a long one: whoever has the backup can try as many as they like");
}

}  // namespace candor::cli
