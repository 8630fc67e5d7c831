#include "tests/e2e/cut_line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace candor::e2e {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool WriteAll(int to, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = send(to, bytes, count, MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

CutLine::CutLine(const std::string& address, std::size_t most_bytes) : server_(address), most_bytes_(most_bytes) {
  listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own = Loopback(0);
  socklen_t length = sizeof own;
  if (bind(listening_, reinterpret_cast<sockaddr*>(&own), length) != 0 || listen(listening_, 1) != 0 ||
      getsockname(listening_, reinterpret_cast<sockaddr*>(&own), &length) != 0 || pipe(stop_) != 0) {
    std::abort();
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
  thread_ = std::jthread([this] { Pass(); });
}

CutLine::~CutLine() {
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
}

void CutLine::Pass() {
  std::array<pollfd, 2> call = {{{listening_, POLLIN, 0}, {stop_[0], POLLIN, 0}}};
  poll(call.data(), call.size(), -1);
  const int client = call[0].revents != 0 ? accept(listening_, nullptr, nullptr) : -1;
  close(listening_);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(std::atoi(server_.substr(server_.rfind(':') + 1).c_str()));
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::array<char, 4096> bytes;
  while (open && passed_ < most_bytes_) {
    std::array<pollfd, 3> ends = {{{client, POLLIN, 0}, {server, POLLIN, 0}, {stop_[0], POLLIN, 0}}};
    poll(ends.data(), ends.size(), -1);
    if (ends[2].revents != 0) break;
    if (ends[0].revents != 0) {
      const ssize_t count = read(client, bytes.data(), std::min(bytes.size(), most_bytes_ - passed_));
      open = count > 0 && WriteAll(server, bytes.data(), static_cast<std::size_t>(count));
      if (open) passed_ += static_cast<std::size_t>(count);
    }
    if (open && ends[1].revents != 0) {
      const ssize_t count = read(server, bytes.data(), bytes.size());
      open = count > 0 && WriteAll(client, bytes.data(), static_cast<std::size_t>(count));
    }
  }
  close(server);
  close(client);
}

}  // namespace candor::e2e
