// A server that is told to stop while callers call.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

constexpr int kRounds = 5, kCallers = 4, kAnswers = 60;

// Calls until the server is gone; every method finds a queue that ends under it.
void CallUntilGone(const Client& client, std::atomic<int>& answered) {
  for (;;) {
    v1::BatchAuthorizeRequest batch;
    *batch.add_items() = Question();
    const auto one = client.Call<v1::AuthorizeResponse>(Question());
    const auto many = client.Call<v1::BatchAuthorizeResponse>(batch);
    const auto read = client.Call<v1::GetCheckpointResponse>(v1::GetCheckpointRequest());
    answered += one.ok() ? 1 : 0;
    answered += many.ok() && many->results(0).has_response() ? 1 : 0;
    for (const grpc::Status& status : {one.status, many.status, read.status}) {
      if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return;
      EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::CANCELLED) << RefusalOf(status);
    }
  }
}

TEST(Stop, AnswersOrRefusesEveryCallAndEndsInOrder) {
  World& world = World::Get();
  const Tenant tenant = world.MakeTenant();
  const std::uint64_t size = world.SizeOf(tenant);
  std::atomic<int> answered = 0;

  for (int round = 0; round < kRounds; ++round) {
    const Client client = Client::To(world.server().address(), tenant.component.key());
    const int before = answered;
    std::vector<std::jthread> callers;
    for (int i = 0; i < kCallers; ++i) callers.emplace_back([&] { CallUntilGone(client, answered); });
    while (answered < before + kAnswers) std::this_thread::yield();

    const int status = world.server().Stop();
    callers.clear();

    EXPECT_EQ(status, 0) << world.server().log();
    world.server().Start();
  }

  EXPECT_GE(world.SizeOf(tenant), size + static_cast<std::uint64_t>(answered));
}

}  // namespace
}  // namespace candor::e2e
