// The whole server: the only place that knows every concrete class.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/server/config.h"

namespace candor::server {

class Service {
 public:
  // Migrates if told so, loads the keys, opens every ledger, and starts to listen. Errors
  // say what is wrong and what to do.
  static absl::StatusOr<std::unique_ptr<Service>> Start(const Config& config);
  // Takes no new calls, answers those that wait, and stops.
  ~Service();

  // The address with the port that was taken.
  const std::string& address() const;

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace candor::server
