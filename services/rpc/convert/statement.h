// From a request on the wire to a statement, by the rules on its fields and nothing else:
// see proto/candor/v1/field.proto.
//
// Pure functions; any thread may call.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/domain/statement.h"

namespace candor::rpc {

// Checks every field of `request` and takes it apart. `settings` decides which codes are
// declared, `now` which times lie ahead. Errors: kInvalidArgument FIELD_INVALID, naming
// the field as in `data_used[3].category`, its limit, and never a value.
absl::StatusOr<domain::Statement> ToStatement(const google::protobuf::Message& request,
                                              std::string_view method,
                                              const domain::Settings& settings, absl::Time now);

// Checks a request that records nothing by the same rules. Errors: as above.
absl::Status CheckRequest(const google::protobuf::Message& request, absl::Time now);

// A time as it is kept: in whole microseconds.
absl::Time FromWire(const google::protobuf::Timestamp& stamp);

// The word for an enum value in leaves: its name in lower case without the enum's prefix.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

// And back: the number of the value of that word, or 0.
int EnumNumber(const google::protobuf::EnumDescriptor& type, std::string_view word);

}  // namespace candor::rpc
