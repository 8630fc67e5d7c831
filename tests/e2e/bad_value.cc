#include "tests/e2e/bad_value.h"

#include <google/protobuf/timestamp.pb.h>

#include "services/core/json/json.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using google::protobuf::Timestamp;

constexpr std::uint64_t kUsualItems = 16, kUsualBytes = 128, kDecimalBytes = 32;

struct Step {
  const FieldDescriptor* field;
  bool is_list;
};
using Path = std::vector<Step>;

Message& Descend(Message& root, const Path& path) {
  Message* at = &root;
  for (const auto& [field, is_list] : path) {
    const auto& reflection = *at->GetReflection();
    at = is_list ? reflection.MutableRepeatedMessage(at, field, 0) : reflection.MutableMessage(at, field);
  }
  return *at;
}

std::string NameOf(const Path& path, const FieldDescriptor& field, bool item) {
  std::string name;
  for (const auto& [step, is_list] : path) name += step->name() + (is_list ? "[0]." : ".");
  return name + field.name() + (item ? "[0]" : "");
}

std::uint64_t MostBytes(const v1::FieldRule& rule) {
  if (rule.max() != 0) return rule.max();
  if (rule.form() == v1::FIELD_FORM_DECIMAL) return kDecimalBytes;
  return rule.form() == v1::FIELD_FORM_JSON ? core::kMaxSectionBytes : kUsualBytes;
}

std::string Marked(std::string text) { return std::string(kMarker) + std::move(text); }

// Texts that a field of this rule must refuse, with what is bad about them.
std::vector<std::pair<std::string, std::string>> BadTexts(const v1::FieldRule& rule) {
  std::vector<std::pair<std::string, std::string>> bad = {{"U+0000", Marked(std::string("\0x", 2))}};
  const bool sealed_as_unlisted = rule.place_case() == v1::FieldRule::kFact && !rule.catalogue().empty();
  switch (rule.form()) {
    case v1::FIELD_FORM_CODE:
      if (sealed_as_unlisted) break;  // What is no code is kept as it came.
      for (const char* text : {"Zqmarker", "zqmarker with blanks", "zqmarker_1234567", "9zqmarker", "zqmarker.",
                               "zqmarker.0123456789abcdef"}) {
        bad.emplace_back("no code", text);
      }
      break;
    case v1::FIELD_FORM_ID:
      bad.emplace_back("no UUID", "zqmarker-1182");
      bad.emplace_back("upper case", "019E7A5C-0000-7000-8000-00000000ABCD");
      if (rule.role() == v1::FIELD_ROLE_REQUEST_ID) {
        bad.emplace_back("a version that callers may not choose", "019e7a5c-0000-1000-8000-00000000abcd");
      }
      break;
    case v1::FIELD_FORM_DECIMAL:
      for (const char* text : {"NaN", "Infinity", "1e5", "01", ".5", "5.", "+1", "0x10", "1,5", "--1"}) {
        bad.emplace_back("no decimal", text);
      }
      break;
    case v1::FIELD_FORM_JSON:
      bad.emplace_back("NaN", R"({"zqmarker": NaN})");
      bad.emplace_back("a member twice", R"({"zqmarker": 1, "zqmarker": 1})");
      bad.emplace_back("a member twice in two spellings", R"({"zqmarker": 1, "zqmarke\u0072": 1})");
      bad.emplace_back("too deep", std::string(33, '[') + "\"zqmarker\"" + std::string(33, ']'));
      bad.emplace_back("cut short", R"({"zqmarker": [1)");
      bad.emplace_back("two values", R"({"zqmarker": 1} 2)");
      bad.emplace_back("half a surrogate", R"(["zqmarker \ud800"])");
      break;
    case v1::FIELD_FORM_JURISDICTION:
      for (const char* text : {"zqmarker", "DE", "d", "de-", "de-TOOLONG"}) bad.emplace_back("no jurisdiction", text);
      break;
    case v1::FIELD_FORM_LANGUAGE:
      for (const char* text : {"zqmarker?", "DE", "d", "de_de", "de-"}) bad.emplace_back("no language", text);
      break;
    default: break;
  }
  const std::uint64_t most = MostBytes(rule);
  if (rule.form() == v1::FIELD_FORM_JSON) {
    bad.emplace_back("too long", "\"" + Marked(std::string(most - kMarker.size() - 1, 'x')) + "\"");
  } else if (rule.form() == v1::FIELD_FORM_DECIMAL) {
    bad.emplace_back("too long", "0." + std::string(most - 1, '1'));
  } else {
    bad.emplace_back("too long", most < 16 ? std::string(most + 1, 'x')
                                           : Marked(std::string(most + 1 - kMarker.size(), 'x')));
  }
  return bad;
}

class Spoiler {
 public:
  explicit Spoiler(const Message& good) : good_(good) {}

  std::vector<BadRequest> Everything() {
    Walk(good_, {}, /*texts_alone=*/false);
    return std::move(bad_);
  }
  std::vector<BadRequest> Texts() {
    Walk(good_, {}, /*texts_alone=*/true);
    return std::move(bad_);
  }

 private:
  template <typename Spoil>
  void Add(const Path& path, const FieldDescriptor& field, bool item, std::string what, std::string value, Spoil spoil) {
    std::unique_ptr<Message> request(good_.New());
    request->CopyFrom(good_);
    Message& message = Descend(*request, path);
    spoil(message, *message.GetReflection());
    bad_.push_back({std::move(request), NameOf(path, field, item), std::move(what), std::move(value)});
  }

  void SetText(const Path& path, const FieldDescriptor& field, const std::string& what, const std::string& text) {
    Add(path, field, field.is_repeated(), what, text.substr(0, 64), [&](Message& message, const auto& reflection) {
      field.is_repeated() ? reflection.SetRepeatedString(&message, &field, 0, text)
                          : reflection.SetString(&message, &field, text);
    });
  }

  void Walk(const Message& message, const Path& path, bool texts_alone) {
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const v1::FieldRule& rule = RuleOf(field);
      const auto& reflection = *message.GetReflection();
      const bool is_set = field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                                              : reflection.HasField(message, &field);
      if (!is_set) continue;
      if (texts_alone) {
        if (field.type() == FieldDescriptor::TYPE_STRING) SetText(path, field, "no UTF-8", Marked("\xff\xfe"));
      } else {
        Lists(path, field, rule);
        Values(path, field, rule);
      }
      if (field.message_type() == nullptr || field.message_type() == Timestamp::descriptor()) continue;
      Path inner = path;
      inner.push_back({&field, field.is_repeated()});
      Walk(field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, 0)
                               : reflection.GetMessage(message, &field),
           inner, texts_alone);
    }
  }

  void Lists(const Path& path, const FieldDescriptor& field, const v1::FieldRule& rule) {
    if (rule.required()) {
      Add(path, field, false, "missing", "", [&](Message& message, const auto& reflection) {
        reflection.ClearField(&message, &field);
      });
    }
    if (!field.is_repeated()) return;
    const std::uint64_t most = rule.max_items() == 0 ? kUsualItems : rule.max_items();
    Add(path, field, false, "too many items", "", [&](Message& message, const auto& reflection) {
      const Message& first = message;
      while (static_cast<std::uint64_t>(reflection.FieldSize(message, &field)) <= most) {
        switch (field.cpp_type()) {
          case FieldDescriptor::CPPTYPE_MESSAGE:
            reflection.AddMessage(&message, &field)->CopyFrom(reflection.GetRepeatedMessage(first, &field, 0));
            break;
          case FieldDescriptor::CPPTYPE_ENUM:
            reflection.AddEnumValue(&message, &field, reflection.GetRepeatedEnumValue(first, &field, 0));
            break;
          default:
            reflection.AddString(&message, &field, reflection.GetRepeatedString(first, &field, 0));
            break;
        }
      }
    });
  }

  void Values(const Path& path, const FieldDescriptor& field, const v1::FieldRule& rule) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: return Strings(path, field, rule);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Add(path, field, field.is_repeated(), "an unknown number", "", [&](Message& message, const auto& reflection) {
          field.is_repeated() ? reflection.SetRepeatedEnumValue(&message, &field, 0, 9999)
                              : reflection.SetEnumValue(&message, &field, 9999);
        });
      case FieldDescriptor::CPPTYPE_UINT32:
        if (rule.max() == 0) return;
        return Add(path, field, false, "above its limit", "", [&](Message& message, const auto& reflection) {
          reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(rule.max() + 1));
        });
      case FieldDescriptor::CPPTYPE_UINT64: {
        const std::uint64_t most = rule.max() == 0 ? core::kMaxJsonInteger : rule.max();
        return Add(path, field, false, "above its limit", "", [&](Message& message, const auto& reflection) {
          reflection.SetUInt64(&message, &field, most + 1);
        });
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (field.message_type() == Timestamp::descriptor()) Times(path, field, rule);
        return;
      default: return;  // Any flag is good.
    }
  }

  void Strings(const Path& path, const FieldDescriptor& field, const v1::FieldRule& rule) {
    if (field.type() == FieldDescriptor::TYPE_STRING) {
      for (const auto& [what, text] : BadTexts(rule)) SetText(path, field, what, text);
    } else if (rule.form() == v1::FIELD_FORM_DIGEST) {
      SetText(path, field, "a byte too few", Marked(std::string(31 - kMarker.size(), 'x')));
      SetText(path, field, "a byte too many", Marked(std::string(33 - kMarker.size(), 'x')));
    } else if (rule.max() != 0) {
      SetText(path, field, "too long", Marked(std::string(rule.max(), 'x')));
    }
  }

  void Times(const Path& path, const FieldDescriptor& field, const v1::FieldRule& rule) {
    const auto set = [&](const char* what, std::int64_t seconds, std::int32_t nanos) {
      Add(path, field, field.is_repeated(), what, "", [&](Message& message, const auto& reflection) {
        auto& time = dynamic_cast<Timestamp&>(*reflection.MutableMessage(&message, &field));
        time.set_seconds(seconds);
        time.set_nanos(nanos);
      });
    };
    if (rule.form() == v1::FIELD_FORM_PAST) set("six minutes ahead", absl::ToUnixSeconds(absl::Now()) + 360, 0);
    set("after the year 9999", 253402300800, 0);
    set("before the year 1", -62135596801, 0);
    set("more than a second of nanoseconds", 1600000000, 1000000000);
  }

  const Message& good_;
  std::vector<BadRequest> bad_;
};

}  // namespace

std::vector<BadRequest> BadRequestsOf(const Message& good) { return Spoiler(good).Everything(); }
std::vector<BadRequest> BadTextsOf(const Message& good) { return Spoiler(good).Texts(); }

}  // namespace candor::e2e
