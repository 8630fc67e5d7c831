// Many items on one connection: one answer each, in their order, whatever breaks.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "candor/v1/decision_service.grpc.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/e2e/cut_line.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using Stub = v1::DecisionService::Stub;

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// One open stream with a key.
template <typename Request, typename Response>
struct Open {
  using Method = std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> (Stub::*)(grpc::ClientContext*);

  Open(const std::shared_ptr<grpc::Channel>& channel, const std::string& key, Method method) : stub(channel) {
    context.AddMetadata("authorization", "Bearer " + key);
    stream = (stub.*method)(&context);
  }

  template <typename Item>
  bool Send(const Item& item) {
    Request request;
    *request.mutable_item() = item;
    return stream->Write(request);
  }

  // The next answers; fewer when the stream ends.
  std::vector<Response> Take(std::size_t count) {
    std::vector<Response> answers;
    Response answer;
    while (answers.size() < count && stream->Read(&answer)) answers.push_back(std::move(answer));
    return answers;
  }

  // Sends no more, takes what is left, and gives how it ended.
  grpc::Status End(std::vector<Response>* rest = nullptr) {
    stream->WritesDone();
    std::vector<Response> answers = Take(1'000'000);
    if (rest != nullptr) *rest = std::move(answers);
    return stream->Finish();
  }

  Stub stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> stream;
};
using Questions = Open<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>;
using Records = Open<v1::StreamRecordRequest, v1::StreamRecordResponse>;
using Observations = Open<v1::StreamObserveRequest, v1::StreamObserveResponse>;

std::vector<v1::AuthorizeRequest> ManyQuestions(std::size_t count) {
  std::vector<v1::AuthorizeRequest> many;
  while (many.size() < count) many.push_back(Question("customer-" + std::to_string(many.size() % 17)));
  return many;
}

class Streams : public ::testing::Test {
 protected:
  Questions Ask(const std::string& key) { return {channel_, key, &Stub::StreamAuthorize}; }
  Questions Ask() { return Ask(tenant_.component.key()); }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const std::shared_ptr<grpc::Channel> channel_ = ChannelTo(world_.server().address());
};

TEST_F(Streams, AnswerEveryItemInItsOrderWithItsReceipt) {
  const auto questions = ManyQuestions(300);
  const std::uint64_t size = world_.SizeOf(tenant_);
  Questions open = Ask();

  for (const auto& question : questions) ASSERT_TRUE(open.Send(question));
  std::vector<v1::StreamAuthorizeResponse> answers;
  const grpc::Status end = open.End(&answers);

  EXPECT_TRUE(end.ok()) << RefusalOf(end);
  ASSERT_EQ(answers.size(), questions.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].item_index(), i);
    EXPECT_EQ(answers[i].response().verdict(), v1::VERDICT_ALLOW);
    EXPECT_TRUE(Verifies(questions[i], answers[i].response(), tenant_.key)) << i;
  }
  EXPECT_TRUE(world_.Grew(tenant_, size, questions.size()));
}

TEST_F(Streams, RecordAndObserveAsTheSingleCallsDo) {
  const auto authorized = tenant_.component.Call<v1::AuthorizeResponse>(Question());
  ASSERT_TRUE(authorized.ok()) << authorized.refusal();
  const v1::RecordRequest record = RecordOf(authorized->authorization_id());
  Records records(channel_, tenant_.component.key(), &Stub::StreamRecord);
  v1::ObserveRequest observed;
  observed.set_request_id(NewId());
  *observed.mutable_actor() = Question().actor();
  *observed.mutable_action() = Question().action();
  *observed.mutable_outcome() = record.outcome();
  Observations observations(channel_, tenant_.component.key(), &Stub::StreamObserve);

  ASSERT_TRUE(records.Send(record));
  ASSERT_TRUE(observations.Send(observed));
  const auto recorded = records.Take(1);
  const auto seen = observations.Take(1);

  ASSERT_EQ(recorded.size(), 1U);
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(record, recorded[0].response(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "outcome");
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(Verifies(seen[0].response().receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.request.ToText(), observed.request_id());
  EXPECT_TRUE(records.End().ok());
  EXPECT_TRUE(observations.End().ok());
}

TEST_F(Streams, RefuseABadItemAndGoOn) {
  auto questions = ManyQuestions(5);
  questions[1].set_request_id("no id");
  questions[3].set_inputs_json("{");
  const std::uint64_t size = world_.SizeOf(tenant_);
  Questions open = Ask();

  for (const auto& question : questions) ASSERT_TRUE(open.Send(question));
  ASSERT_TRUE(open.stream->Write(v1::StreamAuthorizeRequest()));
  std::vector<v1::StreamAuthorizeResponse> answers;
  EXPECT_TRUE(open.End(&answers).ok());

  ASSERT_EQ(answers.size(), 6U);
  for (const std::size_t good : {0, 2, 4}) EXPECT_TRUE(answers[good].has_response()) << good;
  const std::map<std::size_t, std::string> bad = {{1, "request_id"}, {3, "inputs_json"}, {5, "item"}};
  for (const auto& [i, field] : bad) {
    EXPECT_EQ(answers[i].item_index(), i);
    EXPECT_EQ(RefusalOf(answers[i].error()).reason, "FIELD_INVALID") << i;
    EXPECT_EQ(RefusalOf(answers[i].error()).field, field) << i;
  }
  EXPECT_TRUE(world_.Grew(tenant_, size, 3));
}

TEST_F(Streams, RefuseAnItemWhoseBytesAreNoMessageAndGoOn) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + tenant_.component.key());
  grpc::internal::RpcMethod method("/candor.v1.DecisionService/StreamAuthorize",
                                   grpc::internal::RpcMethod::BIDI_STREAMING);
  const std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream(
      grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(channel_.get(), method,
                                                                                            &context));
  v1::StreamAuthorizeRequest good;
  *good.mutable_item() = Question();
  for (const std::string& bytes : {std::string("\x0a\xff\xff\xff\xff\x0f"), std::string("\xff"), good.SerializeAsString()}) {
    const grpc::Slice slice(bytes);
    ASSERT_TRUE(stream->Write(grpc::ByteBuffer(&slice, 1)));
  }
  stream->WritesDone();

  std::vector<v1::StreamAuthorizeResponse> answers;
  grpc::ByteBuffer bytes;
  while (stream->Read(&bytes)) {
    grpc::Slice whole;
    ASSERT_TRUE(bytes.DumpToSingleSlice(&whole).ok());
    ASSERT_TRUE(answers.emplace_back().ParseFromArray(whole.begin(), static_cast<int>(whole.size())));
  }

  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(RefusalOf(answers[0].error()).reason, "FIELD_INVALID");
  EXPECT_EQ(RefusalOf(answers[1].error()).reason, "FIELD_INVALID");
  EXPECT_TRUE(Verifies(good.item(), answers[2].response(), tenant_.key));
}

TEST_F(Streams, GiveTheFirstReceiptsToWhoeverSendsTheItemsAgain) {
  const auto questions = ManyQuestions(200);
  const std::uint64_t size = world_.SizeOf(tenant_);
  std::vector<v1::StreamAuthorizeResponse> first;
  {
    Questions cut = Ask();
    for (const auto& question : questions) ASSERT_TRUE(cut.Send(question));
    first = cut.Take(50);
    cut.context.TryCancel();
    EXPECT_EQ(cut.End().error_code(), grpc::StatusCode::CANCELLED);
  }

  Questions again = Ask();
  for (const auto& question : questions) ASSERT_TRUE(again.Send(question));
  std::vector<v1::StreamAuthorizeResponse> answers;
  EXPECT_TRUE(again.End(&answers).ok());

  ASSERT_EQ(answers.size(), questions.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(answers[i].response().authorization_id(), first[i].response().authorization_id()) << i;
    EXPECT_EQ(answers[i].response().receipt().leaf(), first[i].response().receipt().leaf()) << i;
  }
  EXPECT_TRUE(world_.Grew(tenant_, size, questions.size()));
}

TEST_F(Streams, LoseNothingWhereverTheLineIsCut) {
  constexpr std::size_t kItems = 12, kStep = 149;
  bool whole = false;
  for (std::size_t cut = 1; !whole; cut += kStep) {
    const auto questions = ManyQuestions(kItems);
    const std::uint64_t size = world_.SizeOf(tenant_);
    std::vector<v1::StreamAuthorizeResponse> first;
    {
      CutLine line(world_.server().address(), cut);
      Questions open(ChannelTo(line.address()), tenant_.component.key(), &Stub::StreamAuthorize);
      for (const auto& question : questions) open.Send(question);
      whole = open.End(&first).ok();
    }

    Questions again = Ask();
    for (const auto& question : questions) ASSERT_TRUE(again.Send(question));
    std::vector<v1::StreamAuthorizeResponse> answers;
    EXPECT_TRUE(again.End(&answers).ok());

    ASSERT_EQ(answers.size(), kItems) << "cut after " << cut;
    for (std::size_t i = 0; i < kItems; ++i) {
      ASSERT_TRUE(Verifies(questions[i], answers[i].response(), tenant_.key)) << "cut after " << cut;
      if (i < first.size()) {
        EXPECT_EQ(answers[i].response().receipt().leaf(), first[i].response().receipt().leaf()) << "cut after " << cut;
      }
    }
    EXPECT_TRUE(world_.Grew(tenant_, size, kItems)) << "cut after " << cut;
  }
}

TEST_F(Streams, WaitForAClientThatReadsLateWhileOthersAreServed) {
  constexpr std::size_t kItems = 6000;  // More than fit the windows and what may wait together.
  const auto questions = ManyQuestions(kItems);
  Questions late = Ask();
  std::jthread writer([&] {
    for (const auto& question : questions) EXPECT_TRUE(late.Send(question));
    late.stream->WritesDone();
  });

  for (int i = 0; i < 50; ++i) EXPECT_TRUE(tenant_.component.Call<v1::AuthorizeResponse>(Question()).ok());
  EXPECT_LT(world_.SizeOf(tenant_), kItems) << "the server read on although nobody read its answers";
  const std::vector<v1::StreamAuthorizeResponse> answers = late.Take(kItems);

  ASSERT_EQ(answers.size(), kItems);
  for (std::size_t i = 0; i < kItems; ++i) ASSERT_EQ(answers[i].item_index(), i);
  EXPECT_TRUE(Verifies(questions.back(), answers.back().response(), tenant_.key));
}

TEST_F(Streams, EndForAClientThatNeverReadsAndGoesAway) {
  const auto questions = ManyQuestions(2000);
  {
    Questions never = Ask();
    std::jthread writer([&] {
      for (const auto& question : questions) {
        if (!never.Send(question)) break;
      }
    });
    while (world_.SizeOf(tenant_) < 500) std::this_thread::yield();
    never.context.TryCancel();
  }

  Questions again = Ask();
  std::jthread writer([&] {
    for (const auto& question : questions) again.Send(question);
    again.stream->WritesDone();
  });
  EXPECT_EQ(again.Take(questions.size()).size(), questions.size());
}

TEST_F(Streams, AreManyAtOnce) {
  constexpr std::size_t kStreams = 2000, kChannels = 8;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (std::size_t i = 0; i < kChannels; ++i) channels.push_back(ChannelTo(world_.server().address()));
  const auto questions = ManyQuestions(kStreams);
  const std::uint64_t size = world_.SizeOf(tenant_);
  std::vector<std::unique_ptr<Questions>> open;
  for (std::size_t i = 0; i < kStreams; ++i) {
    open.push_back(std::make_unique<Questions>(channels[i % kChannels], tenant_.component.key(), &Stub::StreamAuthorize));
  }

  for (std::size_t i = 0; i < kStreams; ++i) ASSERT_TRUE(open[i]->Send(questions[i]));

  for (std::size_t i = 0; i < kStreams; ++i) {
    const auto answers = open[i]->Take(1);
    ASSERT_EQ(answers.size(), 1U) << i;
    ASSERT_TRUE(answers[0].has_response()) << RefusalOf(answers[0].error());
    EXPECT_EQ(answers[0].response().receipt().leaf().empty(), false);
  }
  for (const auto& stream : open) EXPECT_TRUE(stream->End().ok());
  EXPECT_TRUE(world_.Grew(tenant_, size, kStreams));
}

TEST_F(Streams, EndWhenTheirKeyIsRevoked) {
  const Client caller = World::MakeCaller(tenant_, v1::ROLE_COMPONENT, "soon_gone");
  Questions open = Ask(caller.key());
  ASSERT_TRUE(open.Send(Question()));
  ASSERT_EQ(open.Take(1).size(), 1U);
  const auto keys = tenant_.system.Call<v1::ListApiKeysResponse>(v1::ListApiKeysRequest());
  v1::RevokeApiKeyRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_key_id(keys->keys(keys->keys_size() - 1).key_id());
  ASSERT_TRUE(tenant_.system.Call<v1::RevokeApiKeyResponse>(revoke).ok());
  const std::uint64_t size = world_.SizeOf(tenant_);

  open.Send(Question());

  EXPECT_TRUE(Refused(open.End(), grpc::StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(Streams, RefuseWhoMayNotAskBeforeAnythingIsSent) {
  const Client reviewer = World::MakeCaller(tenant_, v1::ROLE_REVIEWER, "onlooker");

  EXPECT_TRUE(Refused(Ask("candor_letmein").End(), grpc::StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"));
  EXPECT_TRUE(Refused(Ask(reviewer.key()).End(), grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
}

TEST_F(Streams, EndInOrderWhenTheServerStops) {
  Questions quiet = Ask();
  ASSERT_TRUE(quiet.Send(Question()));
  ASSERT_EQ(quiet.Take(1).size(), 1U);
  Questions busy = Ask();
  std::atomic<int> sent = 0;
  std::jthread writer([&] {
    while (busy.Send(Question())) ++sent;
  });
  ASSERT_EQ(busy.Take(100).size(), 100U);

  std::jthread stopper([&] { EXPECT_EQ(world_.server().Stop(), 0) << world_.server().log(); });
  EXPECT_TRUE(quiet.Take(1).empty());
  const grpc::Status quiet_end = quiet.stream->Finish();
  const std::size_t answered = 100 + busy.Take(1'000'000).size();
  writer.join();
  const grpc::Status busy_end = busy.stream->Finish();
  stopper.join();
  world_.server().Start();

  EXPECT_TRUE(Refused(quiet_end, grpc::StatusCode::UNAVAILABLE, "STORE_UNAVAILABLE"));
  // Whoever still sends may meet the closed line before the reason.
  EXPECT_EQ(busy_end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_GE(world_.SizeOf(tenant_), answered);
}

}  // namespace
}  // namespace candor::e2e
