// candord: reads its configuration, starts, and serves until SIGINT or SIGTERM.

#include <signal.h>

#include <cstdio>
#include <string_view>

#include "absl/synchronization/mutex.h"
#include "services/base/log.h"
#include "services/policy/trial.h"
#include "services/server/service.h"

namespace {

candor::Level LevelOf(const std::string& name) {
  if (name == "debug") return candor::Level::kDebug;
  if (name == "warning") return candor::Level::kWarning;
  return name == "error" ? candor::Level::kError : candor::Level::kInfo;
}

}  // namespace

int main(int argc, char** argv) {
  pthread_attr_t attributes;  // Rules may recurse deeper than a thread's usual 8 MiB.
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{64} << 20);
  pthread_setattr_default_np(&attributes);
  if (argc == 2 && std::string_view(argv[1]) == "policy-trial") return candor::policy::Trial::Main();
  // Debian's abseil looks for deadlocks at every lock; tests under sanitizers do that.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Blocked in every thread to come, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const auto config = candor::server::ReadConfig(argc, argv);
  if (absl::IsCancelled(config.status())) {
    std::printf("%s", std::string(config.status().message()).c_str());
    return 0;
  }
  if (!config.ok()) {
    std::fprintf(stderr, "candord: %s\nTry: candord --help\n", std::string(config.status().message()).c_str());
    return 2;
  }
  if (config->check_only) {
    std::printf("The configuration can be read.\n");
    return 0;
  }
  candor::SetLogLevel(LevelOf(config->log_level));
  auto service = candor::server::Service::Start(*config);
  if (!service.ok()) {
    candor::Log(candor::Level::kError, "start_failed", {{"why", std::string(service.status().message())}});
    return 1;
  }
  candor::Log(candor::Level::kInfo, "serving", {{"address", (*service)->address()}});
  int received = 0;
  sigwait(&signals, &received);
  candor::Log(candor::Level::kInfo, "stopping");
  service->reset();
  candor::Log(candor::Level::kInfo, "stopped");
  return 0;
}
