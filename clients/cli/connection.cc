#include "clients/cli/connection.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "clients/cli/errors.h"
#include "clients/cli/wire_errors.h"
#include "clients/cli/files.h"

namespace candor::cli {
namespace {

constexpr int kMostReceivedBytes = 32 * 1024 * 1024;  // A bundle of entries is at most 16 MiB.
constexpr std::chrono::seconds kPatience(60);

std::string FromEnvironment(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const ServerFlags& flags) {
  if (flags.tls_certificate.empty() != flags.tls_key.empty()) {
    return Unusable("--tls-certificate and --tls-key go together", "give both, or neither");
  }
  if (flags.tls_ca.empty()) {
    if (flags.tls_key.empty()) return grpc::InsecureChannelCredentials();
    return Unusable("--tls-key needs --tls-ca", "name the file of the server's authority");
  }
  grpc::SslCredentialsOptions options;
  CANDOR_ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(flags.tls_ca));
  if (!flags.tls_key.empty()) {
    CANDOR_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadFile(flags.tls_certificate));
    CANDOR_ASSIGN_OR_RETURN(options.pem_private_key, ReadFile(flags.tls_key));
  }
  return grpc::SslCredentials(options);
}

}  // namespace

ServerFlags ServerFlagsOfEnvironment() {
  ServerFlags flags;
  flags.server = FromEnvironment("CANDOR_SERVER", "127.0.0.1:7717");
  flags.key_file = FromEnvironment("CANDOR_KEY_FILE", "");
  flags.tls_ca = FromEnvironment("CANDOR_TLS_CA", "");
  return flags;
}

absl::StatusOr<Connection> Connection::Open(const ServerFlags& flags) {
  if (flags.key_file.empty()) {
    return Unusable("no API key", "give --key-file FILE, or set CANDOR_KEY_FILE");
  }
  CANDOR_ASSIGN_OR_RETURN(std::string key, ReadLineFile(flags.key_file));
  const auto is_plain = [](char c) { return c > ' ' && c <= '~'; };
  if (!std::all_of(key.begin(), key.end(), is_plain)) {
    return Unusable(flags.key_file + ": is not an API key",
                    "give the file that `candor key create` wrote");
  }
  CANDOR_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(flags));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostReceivedBytes);
  // An http_proxy of the environment is not meant for a ledger.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return Connection(flags, std::move(key),
                    grpc::CreateCustomChannel(flags.server, credentials, arguments));
}

absl::Status Connection::Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) const {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key_);
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const grpc::Status status = call(&context);
  absl::Status error = FromWire(status);
  if (error.ok()) return error;
  if (absl::IsUnavailable(error) && status.error_details().empty()) {
    return Advise(
        absl::UnavailableError(flags_.server + ": no answer (" + status.error_message() + ")"),
        "see that candord runs there, or name it with --server HOST:PORT or CANDOR_SERVER");
  }
  return error;
}

}  // namespace candor::cli
