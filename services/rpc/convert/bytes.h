// From the bytes of a call to a message and back. Bytes that are no message are refused here,
// with a field and a reason, and not by gRPC.
//
// Pure functions; any thread may call.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "absl/status/status.h"

namespace candor::rpc {

inline constexpr std::size_t kMostMessageBytes = 2 * 1024 * 1024;  // But for batches.

// Errors: kInvalidArgument FIELD_INVALID, naming the text that is not UTF-8 or the message
// that cannot be read, as in `data_used[3].category`; `request` when it is the whole, or
// longer than `most` bytes.
absl::Status FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message,
                      std::size_t most = kMostMessageBytes);

absl::Status ToWire(const google::protobuf::Message& message, grpc::ByteBuffer& bytes);

}  // namespace candor::rpc
