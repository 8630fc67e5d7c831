// The reader of canonical bytes: it accepts what Json::Encode writes, and nothing else.
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/bytes.h"
#include "services/core/json/json.h"
#include "services/core/json/limits.h"
#include "services/core/json/plain.h"
#include "services/core/text/grammar.h"

namespace candor::core {

// Inside, functions answer true or have said what is wrong: a Status for each value would
// cost more than reading it.
class CanonicalReader {
 public:
  CanonicalReader(std::string_view bytes, JsonLimits limits, bool is_leaf)
      : bytes_(bytes), is_leaf_(is_leaf), max_bytes_(limits.bytes), max_depth_(limits.depth) {}

  absl::StatusOr<Json> Read() {
    Json object = Json::Object();
    if (ReadWhole(object)) return object;
    return absl::InvalidArgumentError(absl::StrCat("byte ", at_, ": ", wrong_));
  }

 private:
  enum class Names { kMembers, kSections };

  // A byte that no rule accepts stands for the end.
  char Peek() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }

  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  bool Take(std::string_view word) {
    if (bytes_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool Refuse(const char* what) {
    wrong_ = what;
    return false;
  }

  bool ReadWhole(Json& object) {
    if (bytes_.size() < 2) return Refuse("fewer than 2 bytes");
    if (bytes_.size() > max_bytes_) return Refuse("too many bytes");
    if (!IsUtf8(bytes_)) return Refuse("not well-formed UTF-8");
    if (!Take('{')) return Refuse("not an object");
    if (!ReadObject(1, Names::kMembers, object)) return false;
    return at_ == bytes_.size() || Refuse("something after the object");
  }

  bool ReadValue(int depth, Json& value) {
    if (Peek() == '"') {
      ++at_;
      return ReadString(value.value_.emplace<std::string>());
    }
    if (Take('{')) return ReadObject(depth, Names::kMembers, value);
    if (Take('[')) return ReadArray(depth, value);
    if (Peek() == '-' || (Peek() >= '0' && Peek() <= '9')) return ReadInteger(value);
    const bool truth = Take("true");
    if (!truth && !Take("false")) return Refuse("no value of a kind that the format has");
    value.value_ = truth;
    return true;
  }

  // The leaf's own `facts` and `sections` are left out when empty, and in `sections` the
  // names are those of sections.
  bool ReadMember(const std::string& name, int depth, Json& value) {
    const bool own = depth == 1 && is_leaf_;
    if (own && name == "sections" && Take('{')) {
      if (!ReadObject(2, Names::kSections, value)) return false;
      return !value.empty() || Refuse("empty sections");
    }
    if (!ReadValue(depth + 1, value)) return false;
    if (own && name == "facts" && value.is_object() && value.empty()) return Refuse("empty facts");
    return true;
  }

  // From behind the opening brace.
  bool ReadObject(int depth, Names names, Json& object) {
    if (depth > max_depth_) return Refuse("too deep");
    auto& members = object.value_.emplace<std::vector<Json::Member>>();
    if (Take('}')) return true;
    members.reserve(depth == 1 ? 12 : 4);
    while (true) {
      if (!Take('"')) return Refuse("no member name");
      auto& [name, value] = members.emplace_back(std::piecewise_construct, std::forward_as_tuple(),
                                                 std::forward_as_tuple(false));
      if (!ReadString(name)) return false;
      const bool good = names == Names::kSections ? IsSectionName(name) : IsMemberName(name);
      if (!good) return Refuse("a name of another form");
      if (members.size() > 1 && name <= (members.end() - 2)->first) {
        return Refuse("names out of order");
      }
      if (!Take(':')) return Refuse("no colon");
      if (!ReadMember(name, depth, value)) return false;
      if (Take('}')) return true;
      if (!Take(',')) return Refuse("neither a comma nor the end of the object");
    }
  }

  // From behind the opening bracket.
  bool ReadArray(int depth, Json& array) {
    if (depth > max_depth_) return Refuse("too deep");
    auto& items = array.value_.emplace<std::vector<Json>>();
    if (Take(']')) return true;
    while (true) {
      if (!ReadValue(depth + 1, items.emplace_back(false))) return false;
      if (Take(']')) return true;
      if (!Take(',')) return Refuse("neither a comma nor the end of the array");
    }
  }

  bool ReadInteger(Json& value) {
    constexpr std::size_t kMostDigits = 16;
    const bool negative = Take('-');
    const std::size_t first = at_;
    std::int64_t number = 0;
    for (; Peek() >= '0' && Peek() <= '9'; ++at_) {
      if (at_ - first == kMostDigits) return Refuse("an integer beyond 2^53 - 1");
      number = number * 10 + (Peek() - '0');
    }
    if (at_ == first) return Refuse("no digits");
    if (bytes_[first] == '0' && at_ - first > 1) return Refuse("a leading zero");
    if (negative && number == 0) return Refuse("minus zero");
    if (number > kMaxJsonInteger) return Refuse("an integer beyond 2^53 - 1");
    value.value_ = negative ? -number : number;
    return true;
  }

  // From behind the opening quote.
  bool ReadString(std::string& text) {
    while (true) {
      const std::size_t from = at_;
      at_ = PlainUntil(bytes_, at_);
      text.append(bytes_, from, at_ - from);
      if (Take('"')) return true;
      if (!Take('\\')) return Refuse("a control character, or no end of the text");
      const std::optional<char> escaped = ReadEscape();
      if (!escaped) return Refuse("an escape that is not canonical");
      text.push_back(*escaped);
    }
  }

  std::optional<char> ReadEscape() {
    constexpr std::string_view kShort = "\"\\btnfr";
    constexpr std::string_view kMeant = "\"\\\b\t\n\f\r";
    if (const std::size_t i = kShort.find(Peek()); i != std::string_view::npos) {
      ++at_;
      return kMeant[i];
    }
    if (!Take("u00")) return std::nullopt;
    constexpr std::string_view kHex = "0123456789abcdef";
    const std::string_view digits = bytes_.substr(at_, 2);
    if (digits.size() < 2) return std::nullopt;
    const std::size_t high = kHex.find(digits[0]);
    const std::size_t low = kHex.find(digits[1]);
    if (high > 1 || low == std::string_view::npos) return std::nullopt;
    const auto c = static_cast<char>(high * 16 + low);
    if (c == '\0' || kMeant.find(c) != std::string_view::npos) return std::nullopt;
    at_ += 2;
    return c;
  }

  std::string_view bytes_;
  bool is_leaf_;
  std::size_t max_bytes_;
  int max_depth_;
  std::size_t at_ = 0;
  const char* wrong_ = "";
};

absl::StatusOr<Json> ParseCanonical(std::string_view bytes, JsonKind kind) {
  return CanonicalReader(bytes, LimitsOf(kind), kind == JsonKind::kLeaf).Read();
}

absl::StatusOr<Json> ParseCanonical(std::string_view bytes, JsonLimits limits) {
  return CanonicalReader(bytes, limits, false).Read();
}

}  // namespace candor::core
