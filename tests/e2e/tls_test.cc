// The wire under TLS: certificates of an authority made here.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using candor::testing::Postgres;

class Tls : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = folder_.path();
    const std::string made = "cd '" + folder + "' && { " +
        "openssl req -x509 -newkey ed25519 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority && "
        "for name in server caller; do "
        "openssl req -newkey ed25519 -nodes -keyout $name.key -out $name.csr -subj /CN=$name && "
        "echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' > ext && "
        "openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out $name.pem; "
        "done; } >/dev/null 2>&1";
    ASSERT_EQ(std::system(made.c_str()), 0);  // NOLINT(cert-env33-c): words of this test alone.
  }

  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }

  Server::Options Options(std::vector<std::string> more) const {
    more.insert(more.end(), {"--tls-certificate", File("server.pem"), "--tls-key", File("server.key")});
    return {.database = database_, .state = File("state"), .marks = {}, .more = std::move(more)};
  }

  // What an operator's call comes to; `own` for a caller with a certificate of their own.
  grpc::Status Ask(const Server& server, bool own, const std::string& authority = "ca.pem") const {
    grpc::SslCredentialsOptions options{.pem_root_certs = ReadText(File(authority)), .pem_private_key = {}, .pem_cert_chain = {}};
    if (own) {
      options.pem_private_key = ReadText(File("caller.key"));
      options.pem_cert_chain = ReadText(File("caller.pem"));
    }
    std::string key = ReadText(server.state() + "/operator.apikey");
    key.pop_back();
    return Client(grpc::CreateChannel(server.address(), grpc::SslCredentials(options)), key)
        .Call<v1::ListTenantsResponse>(v1::ListTenantsRequest())
        .status;
  }

  const Folder folder_;
  const std::string database_ = Postgres::Get().Url();
};

TEST_F(Tls, ServesCallersWhoTrustItsAuthorityAndNobodyInClear) {
  Server server(Options({}));
  server.Start();

  EXPECT_TRUE(Ask(server, /*own=*/false).ok());
  EXPECT_EQ(Ask(server, /*own=*/false, "caller.pem").error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Client::To(server.address(), "").Call<v1::ListTenantsResponse>(v1::ListTenantsRequest()).status.error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, WantsACallersCertificateWhereItIsToldTo) {
  Server server(Options({"--tls-client-ca", File("ca.pem")}));
  server.Start();

  EXPECT_TRUE(Ask(server, /*own=*/true).ok());
  EXPECT_EQ(Ask(server, /*own=*/false).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace candor::e2e
