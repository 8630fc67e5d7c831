#include "services/rpc/health.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/sync_stream.h>
#include <gtest/gtest.h>

#include <thread>

namespace candor::rpc {
namespace {

// As grpc.health.v1 numbers them.
constexpr int kServing = 1, kNotServing = 2, kServiceUnknown = 3;

grpc::ByteBuffer Asking(const std::string& service) {
  google::protobuf::StringValue request;  // The same on the wire: one text of number 1.
  request.set_value(service);
  const grpc::Slice slice(request.SerializeAsString());
  return {&slice, 1};
}

int StatusIn(const grpc::ByteBuffer& bytes) {
  grpc::Slice whole;
  google::protobuf::Int32Value response;
  if (!bytes.DumpToSingleSlice(&whole).ok() ||
      !response.ParseFromArray(whole.begin(), static_cast<int>(whole.size()))) {
    return -1;
  }
  return response.value();
}

// A server with nothing but its health, and a client.
class HealthService : public ::testing::Test {
 protected:
  HealthService() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&health_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    health_.Serve(queue_.get());
    loop_ = std::jthread([this] {
      void* tag = nullptr;
      bool ok = false;
      while (queue_->Next(&tag, &ok)) static_cast<Tag*>(tag)->Proceed(ok);
    });
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  }

  ~HealthService() override {
    health_.Stop();
    server_->Shutdown();
    queue_->Shutdown();
  }

  grpc::Status Check(const grpc::ByteBuffer& request, int& status) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::ByteBuffer response;
    grpc::Status end;
    void* tag = nullptr;
    bool ok = false;
    const auto call =
        grpc::GenericStub(channel_).PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
    call->StartCall();
    call->Finish(&response, &end, nullptr);
    queue.Next(&tag, &ok);
    if (end.ok()) status = StatusIn(response);
    return end;
  }

  std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> Watch(grpc::ClientContext& context, const std::string& service) {
    static const grpc::internal::RpcMethod kMethod("/grpc.health.v1.Health/Watch",
                                                   grpc::internal::RpcMethod::SERVER_STREAMING);
    return std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>>(
        grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(channel_.get(), kMethod, &context,
                                                                      Asking(service)));
  }

  static int Next(grpc::ClientReader<grpc::ByteBuffer>& watch) {
    grpc::ByteBuffer bytes;
    return watch.Read(&bytes) ? StatusIn(bytes) : -1;
  }

  Health health_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::jthread loop_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(HealthService, SaysHowEachServiceIs) {
  health_.Set("part", false);
  int status = 0;

  EXPECT_TRUE(Check(Asking(""), status).ok());
  EXPECT_EQ(status, kServing);
  EXPECT_TRUE(Check(Asking("part"), status).ok());
  EXPECT_EQ(status, kNotServing);
  health_.Set("part", true);
  EXPECT_TRUE(Check(Asking("part"), status).ok());
  EXPECT_EQ(status, kServing);
}

TEST_F(HealthService, RefusesAnUnknownServiceAndWhatIsNoRequest) {
  int status = 0;
  const grpc::Slice garbage(std::string("\x0a\xff"));

  EXPECT_EQ(Check(Asking("nobody"), status).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Check(grpc::ByteBuffer(&garbage, 1), status).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(HealthService, TellsAWatcherOfEachChangeAndOfNothingElse) {
  grpc::ClientContext context;
  const auto watch = Watch(context, "part");

  EXPECT_EQ(Next(*watch), kServiceUnknown);
  health_.Set("part", false);
  EXPECT_EQ(Next(*watch), kNotServing);
  health_.Set("part", false);
  health_.Set("other", true);
  health_.Set("part", true);
  EXPECT_EQ(Next(*watch), kServing);
}

TEST_F(HealthService, LetsManyWatchersComeAndGo) {
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    const auto watch = Watch(context, "");
    EXPECT_EQ(Next(*watch), kServing);
    context.TryCancel();
    EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  health_.Set("", false);
  int status = 0;

  EXPECT_TRUE(Check(Asking(""), status).ok());
  EXPECT_EQ(status, kNotServing);
}

TEST_F(HealthService, EndsEveryWatchWhenTheServerStops) {
  grpc::ClientContext early_context, late_context;
  const auto early = Watch(early_context, "");
  EXPECT_EQ(Next(*early), kServing);

  health_.Stop();
  const auto late = Watch(late_context, "");

  EXPECT_EQ(Next(*early), -1);
  EXPECT_EQ(early->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Next(*late), -1);
  EXPECT_EQ(late->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  int status = 0;
  EXPECT_TRUE(Check(Asking(""), status).ok());
  EXPECT_EQ(status, kNotServing);
}

}  // namespace
}  // namespace candor::rpc
