// The check of JSON that a caller sends and that is kept as the text it is. It builds no
// value and does not call itself, whatever the depth.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/base/bytes.h"
#include "services/base/status.h"
#include "services/core/json/json.h"

namespace candor::core {
namespace {

class FreeChecker {
 public:
  FreeChecker(std::string_view text, int max_depth)
      : text_(text), max_depth_(static_cast<std::size_t>(std::max(max_depth, 0))) {}

  absl::Status Run() {
    if (!IsUtf8(text_)) return absl::InvalidArgumentError("not well-formed UTF-8");
    while (true) {
      SkipSpace();
      bool opened = false;
      CANDOR_RETURN_IF_ERROR(ReadValue(opened));
      if (opened) continue;
      bool wants_value = false;
      CANDOR_RETURN_IF_ERROR(ReadAfterValue(wants_value));
      if (!wants_value) return absl::OkStatus();
    }
  }

 private:
  struct Open {
    bool object = false;
    absl::flat_hash_set<std::string> names;  // Of an object, unescaped.
  };

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool Take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void SkipSpace() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }

  absl::Status Refuse(const char* what) const {
    return absl::InvalidArgumentError(absl::StrCat("byte ", at_, ": ", what));
  }

  // Reads a scalar or an empty object or array; or opens one that holds something, up to
  // its first value, and sets `opened`.
  absl::Status ReadValue(bool& opened) {
    if (Peek() == '"') return ReadString(nullptr);
    if (Peek() == '{' || Peek() == '[') return ReadOpening(opened);
    if (Take("true") || Take("false") || Take("null")) return absl::OkStatus();
    return ReadNumber();
  }

  absl::Status ReadOpening(bool& opened) {
    if (open_.size() == max_depth_) return Refuse("too deep");
    const bool object = Take('{');
    if (!object) Take('[');
    SkipSpace();
    if (Take(object ? '}' : ']')) return absl::OkStatus();
    open_.emplace_back().object = object;
    opened = true;
    return object ? ReadName() : absl::OkStatus();
  }

  // Closes what ends here. Sets `wants_value` if another value must follow.
  absl::Status ReadAfterValue(bool& wants_value) {
    while (true) {
      SkipSpace();
      if (open_.empty()) {
        return at_ == text_.size() ? absl::OkStatus() : Refuse("something after the value");
      }
      const bool object = open_.back().object;
      if (Take(',')) {
        wants_value = true;
        SkipSpace();
        return object ? ReadName() : absl::OkStatus();
      }
      if (!Take(object ? '}' : ']')) return Refuse("neither a comma nor the end");
      open_.pop_back();
    }
  }

  absl::Status ReadName() {
    if (Peek() != '"') return Refuse("no member name");
    std::string name;
    CANDOR_RETURN_IF_ERROR(ReadString(&name));
    if (!open_.back().names.insert(std::move(name)).second) return Refuse("a member name twice");
    SkipSpace();
    return Take(':') ? absl::OkStatus() : Refuse("no colon");
  }

  absl::Status ReadNumber() {
    Take('-');
    if (!Take('0') && !TakeDigits()) return Refuse("no value");
    if (Take('.') && !TakeDigits()) return Refuse("a point without digits after it");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!TakeDigits()) return Refuse("an exponent without digits");
    }
    return absl::OkStatus();
  }

  bool TakeDigits() {
    const std::size_t first = at_;
    while (Peek() >= '0' && Peek() <= '9') ++at_;
    return at_ > first;
  }

  // `unescaped` may be nullptr.
  absl::Status ReadString(std::string* unescaped) {
    Take('"');
    while (true) {
      const std::size_t from = at_;
      while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x20 &&
             text_[at_] != '"' && text_[at_] != '\\') {
        ++at_;
      }
      if (unescaped != nullptr) unescaped->append(text_, from, at_ - from);
      if (Take('"')) return absl::OkStatus();
      if (!Take('\\')) return Refuse("a control character, or no end of the text");
      CANDOR_RETURN_IF_ERROR(ReadEscape(unescaped));
    }
  }

  absl::Status ReadEscape(std::string* unescaped) {
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (at_ < text_.size() && kShort.find(text_[at_]) != std::string_view::npos) {
      if (unescaped != nullptr) unescaped->push_back(kMeant[kShort.find(text_[at_])]);
      ++at_;
      return absl::OkStatus();
    }
    std::uint32_t unit = 0;
    if (!Take('u') || !TakeHex(unit)) return Refuse("no such escape");
    if (unit >= 0xdc00 && unit <= 0xdfff) return Refuse("a lone surrogate");
    if (unit >= 0xd800 && unit <= 0xdbff) {
      std::uint32_t low = 0;
      if (!Take("\\u") || !TakeHex(low) || low < 0xdc00 || low > 0xdfff) {
        return Refuse("a lone surrogate");
      }
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    if (unescaped != nullptr) AppendUtf8(unit, *unescaped);
    return absl::OkStatus();
  }

  bool TakeHex(std::uint32_t& unit) {
    const std::optional<Bytes> bytes = FromHex(text_.substr(at_, 4));
    if (!bytes || bytes->size() != 2) return false;
    unit = static_cast<std::uint32_t>((*bytes)[0] << 8 | (*bytes)[1]);
    at_ += 4;
    return true;
  }

  static void AppendUtf8(std::uint32_t point, std::string& out) {
    const auto tail = [&](int shift) {
      out.push_back(static_cast<char>(0x80 | (point >> shift & 0x3f)));
    };
    if (point < 0x80) {
      out.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      out.push_back(static_cast<char>(0xc0 | point >> 6));
      tail(0);
    } else if (point < 0x10000) {
      out.push_back(static_cast<char>(0xe0 | point >> 12));
      tail(6);
      tail(0);
    } else {
      out.push_back(static_cast<char>(0xf0 | point >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
};

}  // namespace

absl::Status CheckFreeJson(std::string_view text, int max_depth) {
  return FreeChecker(text, max_depth).Run();
}

}  // namespace candor::core
