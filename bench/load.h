// Puts load on a gRPC server: a fixed number of calls or stream items in flight from one
// thread, so that the client is not what is measured.
//
// One thread a Load; figures are of calls that ended within the window.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/generic/generic_stub.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace candor::bench {

struct Figures {
  double per_second = 0;   // Items, not calls.
  double p50_ms = 0, p99_ms = 0;
  std::uint64_t failed = 0;
  std::string first_error;
};

struct Plan {
  std::string method;             // /package.Service/Method
  std::string api_key;            // Empty: none is sent.
  int in_flight = 1;
  int items_a_call = 1;
  double warm_up_seconds = 0.5;
  double seconds = 3;
  std::size_t least_bytes = 0;    // Of an answer that holds its receipts; a shorter one failed.
  // The bytes of the next request or item; called for each.
  std::function<grpc::ByteBuffer()> next;
};

// A figure beside its limit, as a line for people and one for programs. A ratio is to be at least
// its floor, or at most.
struct Row {
  const char* name;
  double value, limit, ratio, floor, aim;
  bool at_most = false;
};
void Print(const Row& row, std::ostream& json);

// Of what took so long each, within `seconds`.
Figures FiguresOf(std::vector<double> millis, double seconds);

Figures Run(const std::shared_ptr<grpc::Channel>& channel, const Plan& plan);

// The same with items of `streams` open streams, whose answers come in order; `in_flight`
// items in all.
Figures RunStreams(const std::shared_ptr<grpc::Channel>& channel, const Plan& plan, int streams);

}  // namespace candor::bench
