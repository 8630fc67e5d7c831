#include "tests/e2e/filler.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/base/clock.h"
#include "services/crypto/sha256.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using google::protobuf::Timestamp;

constexpr std::int64_t kLongAgo = 1'600'000'000;
constexpr int kItems = 2;

bool IsTime(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type() == Timestamp::descriptor();
}

}  // namespace

const v1::FieldRule& RuleOf(const FieldDescriptor& field) { return field.options().GetExtension(v1::rule); }

// Texts of a counter in letters alone: no run of digits, no run of hexadecimal characters.
std::string Filler::Letters(std::size_t count) {
  std::string letters(count, 'g');
  int rest = next_;
  for (std::size_t i = count; i-- > 0; rest /= 20) letters[i] = static_cast<char>('g' + rest % 20);
  return letters;
}

std::string Filler::TextFor(const v1::FieldRule& rule) {
  ++next_;
  switch (rule.form()) {
    case v1::FIELD_FORM_CODE: {
      if (rule.max() == 3) return Letters(3);
      if (!rule.catalogue().empty() && !options_.listed) return std::string(kMarker) + " No. " + Letters(3);
      const std::string code = "k_" + Letters(3);
      if (!rule.catalogue().empty()) codes_[rule.catalogue()].push_back(code);
      return code;
    }
    case v1::FIELD_FORM_ID: return NewId();
    case v1::FIELD_FORM_DECIMAL: return "0.1" + std::to_string(1000 + next_);
    case v1::FIELD_FORM_JSON:
      return "{\"" + std::string(kMarker) + "\": [1.50, \"" + Letters(3) + " \\u00e4\"]}";
    case v1::FIELD_FORM_JURISDICTION: return "us-" + Letters(3);
    case v1::FIELD_FORM_LANGUAGE: return "de-" + Letters(4);
    default: return std::string(kMarker) + " ä " + Letters(3);
  }
}

void Filler::Fill(Message& message, const std::string& path) {
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string name = path.empty() ? field.name() : path + "." + field.name();
    if (options_.without.contains(name)) continue;
    if (!field.is_repeated()) {
      FillOne(message, field, /*append=*/false, name);
      continue;
    }
    for (int item = 0; item < kItems; ++item) FillOne(message, field, /*append=*/true, name);
  }
}

void Filler::FillOne(Message& message, const FieldDescriptor& field, bool append, const std::string& path) {
  const auto& reflection = *message.GetReflection();
  const v1::FieldRule& rule = RuleOf(field);
  const bool zero = !options_.full && field.has_presence();
  const auto number = [&]() -> std::uint64_t {
    if (zero) return 0;
    const std::uint64_t most = rule.max() == 0 ? 1000 : rule.max();
    return 1 + static_cast<std::uint64_t>(++next_) % most;
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* child = append ? reflection.AddMessage(&message, &field) : reflection.MutableMessage(&message, &field);
      if (IsTime(field)) {
        auto& time = dynamic_cast<Timestamp&>(*child);
        time.set_seconds(kLongAgo + ++next_);
        time.set_nanos(123456000);
      } else {
        Fill(*child, path);
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int most = std::min(field.enum_type()->value_count() - 1, 7);
      const int value = field.enum_type()->value(1 + ++next_ % most)->number();
      return append ? reflection.AddEnumValue(&message, &field, value)
                    : reflection.SetEnumValue(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL: return reflection.SetBool(&message, &field, !zero);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(number()));
    case FieldDescriptor::CPPTYPE_UINT64: return reflection.SetUInt64(&message, &field, number());
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(&message, &field, static_cast<std::int32_t>(number()));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text;
      if (const auto given = options_.given.find(path); given != options_.given.end()) {
        text = given->second;
      } else if (field.type() == FieldDescriptor::TYPE_BYTES) {
        text = std::string(AsText(crypto::Sha256(AsBytes(std::to_string(++next_))).view()));
      } else {
        text = TextFor(rule);
      }
      return append ? reflection.AddString(&message, &field, text) : reflection.SetString(&message, &field, text);
    }
    default: ADD_FAILURE() << path << " is of a kind that no request has";
  }
}

std::string EnumWordOf(const FieldDescriptor& field, int number) {
  const std::string& zero = field.enum_type()->FindValueByNumber(0)->name();
  const std::size_t prefix = zero.size() - std::string_view("UNSPECIFIED").size();
  return absl::AsciiStrToLower(field.enum_type()->FindValueByNumber(number)->name().substr(prefix));
}

core::Json JsonOf(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool item = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const auto& time = dynamic_cast<const Timestamp&>(item ? reflection.GetRepeatedMessage(message, &field, index)
                                                             : reflection.GetMessage(message, &field));
      return ToRfc3339(absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()));
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumWordOf(field, item ? reflection.GetRepeatedEnumValue(message, &field, index)
                                    : reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL: return reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32: return reflection.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64: return reflection.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_INT32: return reflection.GetInt32(message, &field);
    default: break;
  }
  const std::string text =
      item ? reflection.GetRepeatedString(message, &field, index) : reflection.GetString(message, &field);
  if (field.type() == FieldDescriptor::TYPE_BYTES) return ToBase64(AsBytes(text));
  if (RuleOf(field).form() != v1::FIELD_FORM_JSON) return text;
  core::Json raw = core::Json::Object();
  raw.Set("raw", text);
  return raw;
}

}  // namespace candor::e2e
