#include "services/rpc/convert/registered.h"

#include "candor/v1/field.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/base/bytes.h"
#include "services/base/clock.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsTime(const FieldDescriptor& field) {
  return field.message_type() == google::protobuf::Timestamp::descriptor();
}

void SetText(Message& out, const FieldDescriptor& field, std::string text) {
  const auto& reflection = *out.GetReflection();
  field.is_repeated() ? reflection.AddString(&out, &field, std::move(text))
                      : reflection.SetString(&out, &field, std::move(text));
}

void SetWord(Message& out, const FieldDescriptor& field, const std::string& word) {
  const auto& reflection = *out.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const int number = EnumNumber(*field.enum_type(), word);
    field.is_repeated() ? reflection.AddEnumValue(&out, &field, number)
                        : reflection.SetEnumValue(&out, &field, number);
  } else if (field.type() == FieldDescriptor::TYPE_BYTES) {
    if (const auto bytes = FromBase64(word)) SetText(out, field, std::string(AsText(*bytes)));
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    SetText(out, field, word);
  } else if (field.message_type() != nullptr && IsTime(field)) {
    if (const auto time = FromRfc3339(word)) reflection.MutableMessage(&out, &field)->CopyFrom(ToWire(*time));
  }
}

void SetInteger(Message& out, const FieldDescriptor& field, std::int64_t number) {
  const auto& reflection = *out.GetReflection();
  const bool adds = field.is_repeated();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
    const auto value = static_cast<std::uint32_t>(number);
    adds ? reflection.AddUInt32(&out, &field, value) : reflection.SetUInt32(&out, &field, value);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
    const auto value = static_cast<std::uint64_t>(number);
    adds ? reflection.AddUInt64(&out, &field, value) : reflection.SetUInt64(&out, &field, value);
  }
}

// Sets a field, or adds to one that is repeated; a value of another kind sets nothing.
void SetValue(Message& out, const FieldDescriptor& field, const core::Json& value) {
  const auto& reflection = *out.GetReflection();
  if (value.is_array()) {
    if (!field.is_repeated()) return;
    for (const core::Json& one : value.items()) SetValue(out, field, one);
  } else if (value.is_string()) {
    SetWord(out, field, value.string());
  } else if (value.is_int()) {
    SetInteger(out, field, value.integer());
  } else if (value.is_bool() && field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    reflection.SetBool(&out, &field, value.boolean());
  } else if (value.is_object() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    FromSection(value, field.is_repeated() ? *reflection.AddMessage(&out, &field) : *reflection.MutableMessage(&out, &field));
  } else if (const std::string* raw = value.FindString("raw")) {
    SetWord(out, field, *raw);
  }
}

// The items of a list of which only facts are known: each fact that every item has is a list
// as long as that of the items.
void SetItems(Message& out, const FieldDescriptor& list, const core::Json& facts) {
  const auto& reflection = *out.GetReflection();
  for (int i = 0; i < list.message_type()->field_count(); ++i) {
    const FieldDescriptor& field = *list.message_type()->field(i);
    const v1::FieldRule& rule = field.options().GetExtension(v1::rule);
    const core::Json* values = facts.Find(rule.fact());
    if (!rule.required() || rule.fact().empty() || values == nullptr || !values->is_array()) continue;
    for (std::size_t k = 0; k < values->items().size(); ++k) {
      const int index = static_cast<int>(k);
      Message& item = index < reflection.FieldSize(out, &list) ? *reflection.MutableRepeatedMessage(&out, &list, index)
                                                              : *reflection.AddMessage(&out, &list);
      SetValue(item, field, values->items()[k]);
    }
  }
}

void Fill(const core::Json& facts, const std::map<std::string, core::Json>& sections, Message& out) {
  for (int i = 0; i < out.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *out.GetDescriptor()->field(i);
    const v1::FieldRule& rule = field.options().GetExtension(v1::rule);
    const bool is_message = field.message_type() != nullptr && !IsTime(field);
    if (!rule.fact().empty()) {
      if (const core::Json* fact = facts.Find(rule.fact())) SetValue(out, field, *fact);
    } else if (const auto section = sections.find(rule.section()); section != sections.end()) {
      if (const core::Json* value = section->second.Find(field.name())) SetValue(out, field, *value);
    } else if (is_message && field.is_repeated()) {
      SetItems(out, field, facts);
    } else if (is_message && rule.place_case() == v1::FieldRule::PLACE_NOT_SET) {
      const std::unique_ptr<Message> inner(out.GetReflection()->GetMessage(out, &field).New());
      Fill(facts, sections, *inner);
      if (inner->ByteSizeLong() > 0) out.GetReflection()->MutableMessage(&out, &field)->CopyFrom(*inner);
    }
  }
}

}  // namespace

core::Json SectionOf(const Sections& sections, const std::string& name) {
  const auto section = sections.find(name);
  if (section == sections.end()) return core::Json::Object();
  return core::ParseCanonical(section->second, core::JsonKind::kSection).value_or(core::Json::Object());
}

void FromLeaf(const core::Json& facts, const Sections& sections, Message& out) {
  std::map<std::string, core::Json> opened;
  for (const auto& [name, text] : sections) opened.emplace(name, SectionOf(sections, name));
  Fill(facts, opened, out);
}

void FromSection(const core::Json& object, Message& out) {
  for (const auto& [name, value] : object.members()) {
    const FieldDescriptor* field = out.GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) SetValue(out, *field, value);
  }
}

}  // namespace candor::rpc
