#include "services/rpc/convert/statement.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "candor/v1/field.pb.h"
#include "google/protobuf/descriptor.h"
#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/core/text/grammar.h"

namespace candor::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::uint64_t kDefaultItems = 16;
constexpr std::size_t kMostCode = 128;
constexpr std::size_t kMostDecimal = 32;
constexpr int kMostDepth = 32;
constexpr absl::Duration kAhead = absl::Minutes(5);

// The fields of a message type in the byte order of their names, with their rules.
struct Plan {
  struct Field {
    const FieldDescriptor* field;
    v1::FieldRule rule;
  };
  std::vector<Field> fields;
};

// Plans of all messages that requests may contain; built once.
class Plans {
 public:
  static const Plan& Of(const Descriptor* type) {
    static const Plans plans;
    return plans.plans_.at(type);
  }

 private:
  Plans() {
    std::vector<const google::protobuf::FileDescriptor*> files;
    for (const char* name : {"decision", "oversight", "transparency", "audit", "ledger", "registry", "admin"}) {
      const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
          std::string("candor/v1/") + name + "_service.proto");
      if (file == nullptr) continue;
      for (int i = 0; i < file->message_type_count(); ++i) Add(file->message_type(i));
    }
  }

  void Add(const Descriptor* type) {
    Plan plan;
    if (!plans_.try_emplace(type).second) return;
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      plan.fields.push_back({field, field->options().GetExtension(v1::rule)});
      if (field->message_type() != nullptr) Add(field->message_type());
    }
    std::sort(plan.fields.begin(), plan.fields.end(),
              [](const auto& a, const auto& b) { return a.field->name() < b.field->name(); });
    plans_[type] = std::move(plan);
  }

  std::map<const Descriptor*, Plan> plans_;
};

bool IsJurisdiction(std::string_view text) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (text.size() < 2 || !lower(text[0]) || !lower(text[1])) return false;
  if (text.size() == 2) return true;
  return text[2] == '-' && text.size() >= 4 && text.size() <= 6 &&
         std::all_of(text.begin() + 3, text.end(),
                     [&](char c) { return lower(c) || (c >= '0' && c <= '9'); });
}

bool IsLanguage(std::string_view text) {
  std::size_t part = 0;
  for (std::size_t at = 0; at <= text.size(); ++part) {
    const std::size_t end = std::min(text.find('-', at), text.size());
    const std::string_view tag = text.substr(at, end - at);
    const bool fits = part == 0 ? tag.size() >= 2 && tag.size() <= 3 : tag.size() >= 2 && tag.size() <= 8;
    if (!fits || !std::all_of(tag.begin(), tag.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        })) {
      return false;
    }
    at = end + 1;
  }
  return part >= 1 && part <= 4;
}

// Where the walk is.
struct Place {
  bool sealed = false;  // Inside a field that is kept whole in a section.
  bool in_list = false; // Below a repeated field: facts gather in lists.
  std::string suffix;   // Of section names: "" or ".2" to ".4".
};

class Walker {
 public:
  Walker(const domain::Settings& settings, absl::Time now, domain::Statement& statement)
      : settings_(settings), now_(now), statement_(statement) {}

  absl::Status Run(const Message& request, std::string_view method) {
    std::string& text = statement_.fingerprint_text;
    text = "{\"method\":";
    core::AppendJsonString(method, text);
    text += ",\"request\":";
    CANDOR_RETURN_IF_ERROR(Walk(request, {}, ""));
    CANDOR_RETURN_IF_ERROR(CheckPersons());
    text += '}';
    for (auto& [name, values] : unlisted_) {
      std::string list = "[";
      for (const std::string& value : values) {
        if (list.size() > 1) list += ',';
        core::AppendJsonString(value, list);
      }
      members_["unlisted"][name] = list + "]";
    }
    for (const auto& [section, members] : members_) {
      std::string object = "{";
      for (const auto& [name, value] : members) {
        if (object.size() > 1) object += ',';
        object += "\"" + name + "\":" + value;
      }
      statement_.sections[section] = object + "}";
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Walk(const Message& message, const Place& place, const std::string& path) {
    std::string& out = statement_.fingerprint_text;
    const Reflection& reflection = *message.GetReflection();
    out += '{';
    bool first = true;
    for (const auto& [field, rule] : Plans::Of(message.GetDescriptor()).fields) {
      const std::string name = path.empty() ? field->name() : path + "." + field->name();
      const bool present = field->is_repeated() ? reflection.FieldSize(message, field) > 0
                                                : reflection.HasField(message, field);
      if (!present) {
        if (rule.required()) return BadField(name, "is required");
        continue;
      }
      if (rule.role() == v1::FIELD_ROLE_REQUEST_ID) {
        CANDOR_ASSIGN_OR_RETURN(statement_.request, ReadRequestId(reflection.GetString(message, field), name));
        continue;
      }
      if (!first) out += ',';
      first = false;
      out += '"';
      out += field->name();
      out += "\":";
      const std::size_t begin = out.size();
      CANDOR_RETURN_IF_ERROR(Value(message, *field, rule, place, name));
      const bool keep = rule.place_case() == v1::FieldRule::kSection ||
                        (rule.role() == v1::FIELD_ROLE_PERSON && !field->is_repeated());
      if (keep && !place.sealed) {
        const std::string section = rule.section().empty() ? "person" : rule.section();
        members_[section + place.suffix][field->name()] = out.substr(begin);
      }
    }
    out += '}';
    return absl::OkStatus();
  }

  absl::Status Value(const Message& message, const FieldDescriptor& field, const v1::FieldRule& rule,
                     const Place& place, const std::string& name) {
    std::string& out = statement_.fingerprint_text;
    if (!field.is_repeated()) return One(message, field, rule, -1, place, name);
    const int count = message.GetReflection()->FieldSize(message, &field);
    const std::uint64_t most = rule.max_items() == 0 ? kDefaultItems : rule.max_items();
    if (static_cast<std::uint64_t>(count) > most) {
      return BadField(name, "holds at most " + std::to_string(most) + " items");
    }
    out += '[';
    for (int i = 0; i < count; ++i) {
      if (i > 0) out += ',';
      CANDOR_RETURN_IF_ERROR(One(message, field, rule, i, place, name + "[" + std::to_string(i) + "]"));
    }
    out += ']';
    return absl::OkStatus();
  }

  // One value: appended to the fingerprint text, and its fact kept. `index` is -1 for a
  // field that is not repeated.
  absl::Status One(const Message& message, const FieldDescriptor& field, const v1::FieldRule& rule,
                   int index, const Place& place, const std::string& name) {
    const Reflection& reflection = *message.GetReflection();
    const bool list = index >= 0 || place.in_list;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const Message& child = index < 0 ? reflection.GetMessage(message, &field)
                                         : reflection.GetRepeatedMessage(message, &field, index);
        if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
          return Time(static_cast<const google::protobuf::Timestamp&>(child), rule, list, name);
        }
        return Child(child, rule, index, place, name);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text =
            index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                      : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
        if (field.type() == FieldDescriptor::TYPE_BYTES) return BytesValue(text, rule, list, name);
        return Text(text, field, rule, list, place, name);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = index < 0 ? reflection.GetEnumValue(message, &field)
                                     : reflection.GetRepeatedEnumValue(message, &field, index);
        const auto* value = field.enum_type()->FindValueByNumber(number);
        if (value == nullptr || number == 0) return BadField(name, "is not one of the values it may have");
        return Keep(core::Json(EnumWord(*value)), rule, list);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return Keep(core::Json(index < 0 ? reflection.GetBool(message, &field)
                                         : reflection.GetRepeatedBool(message, &field, index)),
                    rule, list);
      case FieldDescriptor::CPPTYPE_UINT64:
        return Number(index < 0 ? reflection.GetUInt64(message, &field)
                                : reflection.GetRepeatedUInt64(message, &field, index),
                      rule, list, name);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Number(index < 0 ? reflection.GetUInt32(message, &field)
                                : reflection.GetRepeatedUInt32(message, &field, index),
                      rule, list, name);
      case FieldDescriptor::CPPTYPE_INT32: {
        const std::int32_t value = index < 0 ? reflection.GetInt32(message, &field)
                                             : reflection.GetRepeatedInt32(message, &field, index);
        if (value < 0) return BadField(name, "must not be negative");
        return Number(static_cast<std::uint64_t>(value), rule, list, name);
      }
      default: return absl::InternalError("a request holds a field of a kind that is not used");
    }
  }

  absl::Status Child(const Message& child, const v1::FieldRule& rule, int index, const Place& place,
                     const std::string& name) {
    Place inner = place;
    inner.sealed = place.sealed || rule.place_case() == v1::FieldRule::kSection;
    inner.in_list = place.in_list || (index >= 0 && rule.role() != v1::FIELD_ROLE_PERSON);
    if (rule.role() == v1::FIELD_ROLE_PERSON && index >= 0) inner.suffix = "." + std::to_string(index + 2);
    CANDOR_RETURN_IF_ERROR(Walk(child, inner, name));
    return rule.role() == v1::FIELD_ROLE_PRODUCER ? ReadProducer(child, name) : absl::OkStatus();
  }

  absl::Status ReadProducer(const Message& child, const std::string& name) {
    core::Producer producer;
    const Reflection& reflection = *child.GetReflection();
    const Descriptor& type = *child.GetDescriptor();
    producer.id = reflection.GetString(child, type.FindFieldByName("id"));
    const auto epoch = Uuid::FromText(reflection.GetString(child, type.FindFieldByName("epoch")));
    if (!core::IsCode(producer.id)) return BadField(name + ".id", "must be a code");
    if (!epoch || (epoch->version() != 4 && epoch->version() != 7)) {
      return BadField(name + ".epoch", "must be a UUID of version 4 or 7");
    }
    producer.epoch = *epoch;
    producer.seq = reflection.GetUInt64(child, type.FindFieldByName("seq"));
    statement_.producer = std::move(producer);
    return absl::OkStatus();
  }

  static absl::StatusOr<Uuid> ReadRequestId(const std::string& text, const std::string& name) {
    const auto id = Uuid::FromText(text);
    if (id && (id->version() == 4 || id->version() == 7)) return *id;
    return BadField(name, "must be a UUID of version 4 or 7, lower case, 36 characters");
  }

  absl::Status Time(const google::protobuf::Timestamp& stamp, const v1::FieldRule& rule, bool list,
                    const std::string& name) {
    constexpr std::int64_t kYear1 = -62135596800, kYear10000 = 253402300800;
    if (stamp.seconds() < kYear1 || stamp.seconds() >= kYear10000 || stamp.nanos() < 0 ||
        stamp.nanos() > 999999999) {
      return BadField(name, "must be a time between the years 1 and 9999");
    }
    const absl::Time time = FromWire(stamp);
    if (rule.form() == v1::FIELD_FORM_PAST && time > now_ + kAhead) {
      return BadField(name, "lies more than 5 minutes ahead of the server");
    }
    return Keep(core::Json(ToRfc3339(time)), rule, list);
  }

  absl::Status BytesValue(const std::string& bytes, const v1::FieldRule& rule, bool list,
                          const std::string& name) {
    if (rule.form() == v1::FIELD_FORM_DIGEST && bytes.size() != 32) return BadField(name, "must be 32 bytes");
    if (rule.max() != 0 && bytes.size() > rule.max()) {
      return BadField(name, "holds at most " + std::to_string(rule.max()) + " bytes");
    }
    return Keep(core::Json(ToBase64(AsBytes(bytes))), rule, list);
  }

  absl::Status Number(std::uint64_t value, const v1::FieldRule& rule, bool list, const std::string& name) {
    const std::uint64_t most = rule.max() == 0 ? core::kMaxJsonInteger : rule.max();
    if (value > most) return BadField(name, "is at most " + std::to_string(most));
    return Keep(core::Json(static_cast<std::int64_t>(value)), rule, list);
  }

  absl::Status Text(const std::string& text, const FieldDescriptor& field, const v1::FieldRule& rule,
                    bool list, const Place& place, const std::string& name) {
    CANDOR_RETURN_IF_ERROR(CheckText(text, rule, name));
    if (rule.form() == v1::FIELD_FORM_JSON) {
      std::string& out = statement_.fingerprint_text;
      out += "{\"raw\":";
      core::AppendJsonString(text, out);
      out += '}';
      return absl::OkStatus();
    }
    if (rule.role() == v1::FIELD_ROLE_PERSON) KeepPerson(text, place, name);
    if (rule.role() == v1::FIELD_ROLE_DECISION) statement_.decision = Uuid::FromText(text);
    if (rule.role() == v1::FIELD_ROLE_AUTHORIZATION) statement_.authorization = Uuid::FromText(text);
    if (rule.role() == v1::FIELD_ROLE_AMENDS) statement_.amends = Uuid::FromText(text);
    const bool is_fact = rule.place_case() == v1::FieldRule::kFact;
    if (!is_fact || rule.form() != v1::FIELD_FORM_CODE) return Keep(core::Json(text), rule, list);
    // A code that nobody declared, or that is none, is sealed as it came.
    const bool declared = core::IsCode(text) && (rule.catalogue().empty() || settings_.Declares(rule.catalogue(), text));
    if (!declared && !place.sealed) unlisted_[field.name()].push_back(text);
    core::AppendJsonString(text, statement_.fingerprint_text);
    AddFact(core::Json(declared ? text : std::string("unlisted")), rule.fact(), list);
    return absl::OkStatus();
  }

  absl::Status CheckText(const std::string& text, const v1::FieldRule& rule, const std::string& name) const {
    const std::size_t form_limit = rule.form() == v1::FIELD_FORM_DECIMAL ? kMostDecimal
                                   : rule.form() == v1::FIELD_FORM_JSON  ? core::kMaxSectionBytes
                                                                         : kMostCode;
    const std::size_t most = rule.max() == 0 ? form_limit : rule.max();
    if (text.size() > most) return BadField(name, "holds at most " + std::to_string(most) + " bytes");
    if (!IsUtf8(text)) return BadField(name, "must be well-formed UTF-8");
    if (text.find('\0') != std::string::npos) return BadField(name, "must not hold U+0000");
    const bool is_fact = rule.place_case() == v1::FieldRule::kFact;
    switch (rule.form()) {
      case v1::FIELD_FORM_CODE:
        if (!core::IsCode(text) && !(is_fact && !rule.catalogue().empty())) {
          return BadField(name, "must be a code: [a-z][a-z0-9_]{0,31}([.:-][a-z0-9_]{1,16}){0,3}, without "
                                "a run of more than 6 digits or of 16 hexadecimal characters");
        }
        break;
      case v1::FIELD_FORM_ID:
        if (!Uuid::FromText(text)) return BadField(name, "must be a UUID, lower case, 36 characters");
        break;
      case v1::FIELD_FORM_DECIMAL:
        if (!core::IsDecimal(text)) return BadField(name, "must be a decimal: -?(0|[1-9][0-9]*)(\\.[0-9]+)?");
        break;
      case v1::FIELD_FORM_JSON:
        if (!core::CheckFreeJson(text, kMostDepth).ok()) {
          return BadField(name, "must be one JSON value without repeated members, depth at most 32");
        }
        break;
      case v1::FIELD_FORM_JURISDICTION:
        if (!IsJurisdiction(text)) return BadField(name, "must be ISO 3166-1 or 3166-2 in lower case");
        break;
      case v1::FIELD_FORM_LANGUAGE:
        if (!IsLanguage(text)) return BadField(name, "must be a BCP 47 tag in lower case");
        break;
      default: break;
    }
    return absl::OkStatus();
  }

  void KeepPerson(const std::string& reference, const Place& place, const std::string& name) {
    const std::size_t index = place.suffix.empty() ? 0 : static_cast<std::size_t>(place.suffix[1] - '1');
    if (statement_.persons.size() <= index) {
      statement_.persons.resize(index + 1);
      person_names_.resize(index + 1);
    }
    statement_.persons[index] = reference;
    person_names_[index] = name;
  }

  // Each person is named once: who is named twice would have two sections under one key.
  absl::Status CheckPersons() const {
    const std::vector<std::string>& persons = statement_.persons;
    for (std::size_t i = 1; i < persons.size(); ++i) {
      const auto end = persons.begin() + static_cast<std::ptrdiff_t>(i);
      if (!persons[i].empty() && std::find(persons.begin(), end, persons[i]) != end) {
        return BadField(person_names_[i], "names a person whom the request names already");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Keep(core::Json value, const v1::FieldRule& rule, bool list) {
    value.AppendTo(statement_.fingerprint_text);
    if (rule.place_case() == v1::FieldRule::kFact) AddFact(std::move(value), rule.fact(), list);
    return absl::OkStatus();
  }

  void AddFact(core::Json value, const std::string& fact, bool list) {
    if (!list) {
      statement_.facts.Set(fact, std::move(value));
      return;
    }
    const core::Json* before = statement_.facts.Find(fact);
    core::Json values = before == nullptr ? core::Json::Array() : *before;
    values.Append(std::move(value));
    statement_.facts.Set(fact, std::move(values));
  }

  const domain::Settings& settings_;
  const absl::Time now_;
  domain::Statement& statement_;
  std::map<std::string, std::map<std::string, std::string>> members_;  // Section, member, text.
  std::map<std::string, std::vector<std::string>> unlisted_;
  std::vector<std::string> person_names_;  // The fields that named statement_.persons.
};

}  // namespace

absl::StatusOr<domain::Statement> ToStatement(const Message& request, std::string_view method,
                                              const domain::Settings& settings, absl::Time now) {
  domain::Statement statement;
  statement.method = std::string(method);
  CANDOR_RETURN_IF_ERROR(Walker(settings, now, statement).Run(request, method));
  return statement;
}

absl::Status CheckRequest(const Message& request, absl::Time now) {
  domain::Statement ignored;
  const domain::Settings nothing;
  return Walker(nothing, now, ignored).Run(request, "");
}

absl::Time FromWire(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) + absl::Microseconds(stamp.nanos() / 1000);
}

std::string EnumWord(const google::protobuf::EnumValueDescriptor& value) {
  // Every enum has a value 0 called PREFIX_UNSPECIFIED.
  const std::string& zero = value.type()->FindValueByNumber(0)->name();
  std::string word = value.name().substr(zero.size() - std::string_view("UNSPECIFIED").size());
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word;
}

int EnumNumber(const google::protobuf::EnumDescriptor& type, std::string_view word) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0 && EnumWord(*type.value(i)) == word) return type.value(i)->number();
  }
  return 0;
}

}  // namespace candor::rpc
