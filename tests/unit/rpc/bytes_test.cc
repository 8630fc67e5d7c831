#include "services/rpc/convert/bytes.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include "candor/v1/decision_service.pb.h"
#include "services/base/status.h"

namespace candor::rpc {
namespace {

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

// The field that is named when `bytes` are read as an AuthorizeRequest; `read` if they are one.
std::string FieldRefused(const std::string& bytes) {
  const google::protobuf::LogSilencer silent;
  v1::AuthorizeRequest request;
  const absl::Status status = FromWire(BufferOf(bytes), request);
  if (status.ok()) return "read";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  return FieldOf(status);
}

std::string Sent(const v1::AuthorizeRequest& request) {
  const google::protobuf::LogSilencer silent;
  return request.SerializeAsString();
}

TEST(Bytes, AreReadAsTheMessageThatWasWritten) {
  v1::AuthorizeRequest asked, read;
  asked.set_request_id("one");
  asked.mutable_actor()->set_system("refund_bot");
  grpc::ByteBuffer bytes;
  ASSERT_TRUE(ToWire(asked, bytes).ok());

  ASSERT_TRUE(FromWire(bytes, read).ok());

  EXPECT_EQ(read.SerializeAsString(), asked.SerializeAsString());
}

TEST(Bytes, OfNothingAreTheEmptyMessage) {
  v1::AuthorizeRequest read;
  EXPECT_TRUE(FromWire(BufferOf(""), read).ok());
}

TEST(Bytes, NameTheTextThatIsNotUtf8) {
  v1::AuthorizeRequest plain, nested, listed;
  plain.set_request_id("\xff");
  nested.mutable_actor()->set_system("\xc3\x28");
  listed.add_other_persons()->set_reference("good");
  listed.add_other_persons()->set_reference("\xfe");

  EXPECT_EQ(FieldRefused(Sent(plain)), "request_id");
  EXPECT_EQ(FieldRefused(Sent(nested)), "actor.system");
  EXPECT_EQ(FieldRefused(Sent(listed)), "other_persons[1].reference");
}

TEST(Bytes, NameTheMessageThatCannotBeRead) {
  v1::AuthorizeRequest request;
  request.mutable_actor()->set_system("refund_bot");
  std::string cut = request.SerializeAsString();
  cut[1] = static_cast<char>(cut[1] - 1);  // The inner message ends a byte early.
  cut.pop_back();

  EXPECT_EQ(FieldRefused(cut), "actor");
  EXPECT_EQ(FieldRefused("\x0a\xff\xff\xff\xff\x7f"), "request");
  EXPECT_EQ(FieldRefused("\x07"), "request");
}

TEST(Bytes, AreRefusedWhereTheyAreTooMany) {
  v1::AuthorizeRequest read;
  const grpc::ByteBuffer bytes = BufferOf(std::string("\x0a\x01x", 3));

  EXPECT_TRUE(FromWire(bytes, read, 3).ok());
  EXPECT_EQ(FieldOf(FromWire(bytes, read, 2)), "request");
}

TEST(Bytes, MayHoldFieldsThatNobodyKnows) {
  EXPECT_EQ(FieldRefused(std::string("\xfa\x3f\x02\xff\xfe", 5)), "read");
}

}  // namespace
}  // namespace candor::rpc
