// The only JSON that the ledger hashes: strict, canonical (RFC 8785), without null and
// without fractions; and a check of any JSON text that a caller sends.
//
// Values; any thread may call. A const Json may be read by many threads.
// Source: ledger format, sections 2 and 10. Frozen by the vectors canonical.json.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/base/check.h"

namespace candor::core {

// The largest integer that JSON carries without loss, 2^53 - 1.
inline constexpr std::int64_t kMaxJsonInteger = 9'007'199'254'740'991;

// Which limits hold: a leaf is 2 to 65,535 bytes and 8 deep, a section 2 to 262,144
// bytes and 32 deep. The outermost object is depth 1.
enum class JsonKind { kLeaf, kSection };

inline constexpr std::size_t kMaxLeafBytes = 65'535;
inline constexpr std::size_t kMaxSectionBytes = 262'144;
inline constexpr int kMaxLeafDepth = 8;
inline constexpr int kMaxSectionDepth = 32;

// Any integer type; bool and characters are none.
template <typename T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                      !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                      !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

class Json {
 public:
  using Member = std::pair<std::string, Json>;

  static Json Object() { return Json(Value(std::in_place_type<std::vector<Member>>)); }
  static Json Array() { return Json(Value(std::in_place_type<std::vector<Json>>)); }

  // Implicit, so that Set("seq", 1) and Append("late") read as what they mean. Nothing
  // but bool becomes a bool. Integers must fit std::int64_t, else this aborts.
  // NOLINTBEGIN(google-explicit-constructor)
  template <std::same_as<bool> T>
  Json(T value) : value_(value) {}
  template <JsonInteger T>
  Json(T value) : value_(static_cast<std::int64_t>(value)) {
    CANDOR_CHECK(std::in_range<std::int64_t>(value));
  }
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  // NOLINTEND(google-explicit-constructor)

  // Adds a member, or replaces the one of that name. `this` must be an object.
  Json& Set(std::string name, Json value);

  // Adds an element at the end. `this` must be an array.
  Json& Append(Json value);

  // The member, or nullptr; also when `this` is no object. Lives as long as this value
  // stays unchanged.
  const Json* Find(std::string_view name) const;

  // The text of a member that is a string, or nullptr; the number likewise.
  const std::string* FindString(std::string_view name) const;
  const std::int64_t* FindInteger(std::string_view name) const;

  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<std::vector<Json>>(value_); }
  bool is_object() const { return std::holds_alternative<std::vector<Member>>(value_); }

  // Each aborts unless the value is of that kind.
  bool boolean() const { return Get<bool>(); }
  std::int64_t integer() const { return Get<std::int64_t>(); }
  const std::string& string() const { return Get<std::string>(); }
  const std::vector<Json>& items() const { return Get<std::vector<Json>>(); }
  const std::vector<Member>& members() const { return Get<std::vector<Member>>(); }  // By name.

  // The members, moved out of an object that nobody needs any more.
  std::vector<Member> TakeMembers() &&;

  // Whether an object or array holds nothing; false for anything else.
  bool empty() const;

  // RFC 8785 bytes. They are canonical; whether the format allows them is for
  // CheckCanonical to say. Members stand in byte order of their names.
  std::string Encode() const;
  void AppendTo(std::string& out) const;

  bool operator==(const Json& other) const = default;

 private:
  friend class CanonicalReader;
  using Value =
      std::variant<bool, std::int64_t, std::string, std::vector<Json>, std::vector<Member>>;
  explicit Json(Value value) : value_(std::move(value)) {}

  template <typename T>
  const T& Get() const {
    const T* value = std::get_if<T>(&value_);
    CANDOR_CHECK(value != nullptr);
    return *value;
  }

  Value value_;
};

// Reads exactly the bytes that are canonical and that the format allows.
//
// Errors: kInvalidArgument with the byte and the rule; the text is never quoted.
absl::StatusOr<Json> ParseCanonical(std::string_view bytes, JsonKind kind);

// Whether `value` may be written: an object; names, depth, integers, well-formed UTF-8
// without U+0000. The size is checked by EncodeCanonical, which does both.
absl::Status CheckCanonical(const Json& value, JsonKind kind);
absl::Status CheckCanonical(const Json& value, int max_depth);  // Without the leaf's own rules.
absl::StatusOr<std::string> EncodeCanonical(const Json& value, JsonKind kind);

// Any JSON text (RFC 8259) of a caller, kept as it is: well-formed UTF-8, no byte order
// mark, no member name twice in an object (after unescaping), no escaped lone surrogate,
// at most `max_depth` objects and arrays inside one another. Takes linear time.
absl::Status CheckFreeJson(std::string_view text, int max_depth);

// Appends `text` in quotation marks, escaped as RFC 8785 says.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace candor::core
