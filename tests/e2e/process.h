// What a world is made of outside of its rules: a folder that goes away with the program,
// and a candord process in it.
//
// Each belongs to one thread. What cannot work ends the program with the server's log.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace candor::e2e {

// A temporary folder; a guard process removes it when this program is gone, however it went.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  pid_t guard_ = -1;
  int pipe_ = -1;  // Closed by the kernel at the latest; then the guard acts.
};

std::string ReadText(const std::string& path);

// One candord. It dies with this program.
class Server {
 public:
  struct Options {
    std::string database;
    std::string state;  // Folder; its log lies beside it, as `<state>.log`.
    std::string marks;  // Empty: that of the state folder.
    std::vector<std::string> more;
  };

  explicit Server(Options options) : options_(std::move(options)) {}
  ~Server() { Kill(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Starts it and waits until it serves. False: it ended by itself; the log says why.
  bool TryStart();
  void Start();

  // As a power cut of this process alone.
  void Kill();
  // Asks it to stop, and gives its exit status once it has.
  int Stop();

  bool runs() const { return process_ > 0; }
  const std::string& address() const { return address_; }
  const std::string& state() const { return options_.state; }
  // Everything it wrote since the first start.
  std::string log() const { return ReadText(options_.state + ".log"); }

 private:
  const Options options_;
  std::string address_;
  pid_t process_ = -1;
};

}  // namespace candor::e2e
