#include "services/rpc/convert/bytes.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "services/base/bytes.h"
#include "services/base/status.h"

namespace candor::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

using Bytes = grpc::SerializationTraits<Message>;

absl::Status NoMessage(const Descriptor& type, const std::string& path) {
  return BadField(path.empty() ? "request" : path,
                  "does not hold the bytes of a " + type.full_name());
}

// The first fault in bytes that do not parse as `type`. Reads them as fields without a type,
// which is slow and seldom.
absl::Status FaultIn(const std::string& bytes, const Descriptor& type, const std::string& path) {
  UnknownFieldSet fields;
  if (!fields.ParseFromString(bytes)) return NoMessage(type, path);
  std::map<int, int> seen;  // How many of each field.
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& value = fields.field(i);
    const FieldDescriptor* field = type.FindFieldByNumber(value.number());
    if (field == nullptr || value.type() != UnknownField::TYPE_LENGTH_DELIMITED) continue;
    std::string name = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    if (field->is_repeated()) absl::StrAppend(&name, "[", seen[value.number()]++, "]");
    const std::string& inner = value.length_delimited();
    if (field->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(inner)) {
      return BadField(name, "must be well-formed UTF-8");
    }
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      CANDOR_RETURN_IF_ERROR(FaultIn(inner, *field->message_type(), name));
    }
  }
  return absl::OkStatus();
}

absl::Status Fault(const grpc::ByteBuffer& bytes, const Descriptor& type) {
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return NoMessage(type, "");
  std::string whole;
  for (const grpc::Slice& slice : slices) {
    whole.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  CANDOR_RETURN_IF_ERROR(FaultIn(whole, type, ""));
  return NoMessage(type, "");
}

}  // namespace

absl::Status FromWire(const grpc::ByteBuffer& bytes, Message& message, std::size_t most) {
  if (bytes.Length() > most) {
    return BadField("request", absl::StrCat("holds at most ", most, " bytes"));
  }
  grpc::ByteBuffer read = bytes;  // Another reference to the same slices.
  if (Bytes::Deserialize(&read, &message).ok()) return absl::OkStatus();
  return Fault(bytes, *message.GetDescriptor());
}

absl::Status ToWire(const Message& message, grpc::ByteBuffer& bytes) {
  bool owned = false;
  const grpc::Status done = Bytes::Serialize(message, &bytes, &owned);
  return done.ok() ? absl::OkStatus() : absl::InternalError("the answer cannot be written");
}

}  // namespace candor::rpc
