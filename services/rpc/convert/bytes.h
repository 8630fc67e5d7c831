// From the bytes of a call to a message and back. Bytes that are no message are refused here,
// with a field and a reason, and not by gRPC.
//
// Pure functions; any thread may call.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"

namespace candor::rpc {

// Errors: kInvalidArgument FIELD_INVALID, naming the text that is not UTF-8 or the message
// that cannot be read, as in `data_used[3].category`; `request` when it is the whole.
absl::Status FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

absl::Status ToWire(const google::protobuf::Message& message, grpc::ByteBuffer& bytes);

}  // namespace candor::rpc
