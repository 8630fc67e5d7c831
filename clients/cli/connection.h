// The way to a server: its address, the caller's key, and calls with their errors.
//
// A Connection belongs to one thread, except Call, which any may use.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace candor::cli {

struct ServerFlags {
  std::string server;           // HOST:PORT.
  std::string key_file;         // Holds the API key.
  std::string tls_ca;           // Empty: without TLS.
  std::string tls_certificate;  // Of the caller; with tls_key, or neither.
  std::string tls_key;
};

// $CANDOR_SERVER, $CANDOR_KEY_FILE and $CANDOR_TLS_CA, or the defaults.
ServerFlags ServerFlagsOfEnvironment();

class Connection {
 public:
  // Reads the key and makes a channel; nothing is sent yet.
  static absl::StatusOr<Connection> Open(const ServerFlags& flags);

  template <typename Service>
  std::unique_ptr<typename Service::Stub> Stub() const {
    return Service::NewStub(channel_);
  }

  // Runs one call with the key in its metadata and a deadline.
  absl::Status Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) const;

 private:
  Connection(ServerFlags flags, std::string key, std::shared_ptr<grpc::Channel> channel)
      : flags_(std::move(flags)), key_(std::move(key)), channel_(std::move(channel)) {}

  ServerFlags flags_;
  std::string key_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace candor::cli
