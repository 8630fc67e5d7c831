// A line between a client and a server that breaks after so many bytes from the client.
//
// Takes one connection, and none after it. Belongs to one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

namespace candor::e2e {

class CutLine {
 public:
  // To `address`, a host and port of this machine.
  CutLine(const std::string& address, std::size_t most_bytes);
  ~CutLine();

  const std::string& address() const { return address_; }
  // Bytes that went to the server so far.
  std::size_t passed() const { return passed_; }

 private:
  void Pass();

  const std::string server_;
  const std::size_t most_bytes_;
  std::atomic<std::size_t> passed_ = 0;
  int listening_ = -1, stop_[2] = {-1, -1};
  std::string address_;
  std::jthread thread_;
};

}  // namespace candor::e2e
