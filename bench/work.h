// The work that is put on a server: questions of 1 KiB, each about one of 10,000 persons.
//
// Any thread may call. What cannot be set up ends the program.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "bench/load.h"
#include "candor/v1/admin_service.pb.h"

namespace candor::bench {

// A connection of its own.
std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address);

std::string NewRequest();

// The answer to a call that must not fail.
template <typename Stub, typename Request, typename Response>
Response Must(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, const std::string& key) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) {
    std::fprintf(stderr, "bench: %s: %s\n", Request::descriptor()->name().c_str(), status.error_message().c_str());
    std::exit(1);
  }
  return response;
}

// A new tenant with a component that may decide.
struct Tenant {
  std::string origin;
  std::string vkey;        // That its ledger signs with.
  std::string key;         // The component's.
  std::string system_key;  // The tenant's own.
};
Tenant MakeTenant(const std::string& address, const std::string& operator_key_file);

// A new human of the tenant with a role: their key.
std::string KeyOfHuman(const std::string& address, const Tenant& tenant, const std::string& code, v1::Role role);

// Puts the policy set in that folder in charge, by two humans.
void PutInCharge(const std::string& address, const Tenant& tenant, const std::string& folder);

// What OPA is asked in place of a mortgage: the same facts and inputs.
std::string OpaInput();

// One at a time, a hundred in a call, and on streams.
Plan Questions(const std::string& key, int in_flight, double seconds);
// As one at a time, but of a mortgage in Massachusetts, with all that the shipped packs ask for.
Plan Mortgages(const std::string& key, int in_flight, double seconds);
Plan BatchesOf100(const std::string& key, int in_flight, double seconds);
// As batches, but with amounts, places, domains and confidences that differ.
Plan MixedBatchesOf100(const std::string& key, int in_flight, double seconds);
Plan Items(const std::string& key, int in_flight, double seconds);

}  // namespace candor::bench
