// Requests with every field set, each to a value of its form that no other field has: by
// reflection over the rules, so that a new field is never forgotten.
//
// Belongs to one thread.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "candor/v1/field.pb.h"
#include "services/core/json/json.h"

namespace candor::e2e {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Stands in every text that may be personal.
inline constexpr std::string_view kMarker = "zqmarker";

struct FillOptions {
  bool listed = true;  // Codes of catalogues are codes. False: words that are none.
  bool full = true;    // Optional flags and numbers are true and above zero. False: false and zero.
  std::map<std::string, std::string> given = {};  // Texts by path, such as `outcome.code`.
  std::set<std::string> without = {};             // Paths that are left unset.
};

class Filler {
 public:
  explicit Filler(FillOptions options) : options_(std::move(options)) {}

  // Sets every field; two items in each list.
  void Fill(Message& message) { Fill(message, ""); }

  // The codes that were used, by catalogue.
  const std::map<std::string, std::vector<std::string>>& codes() const { return codes_; }

 private:
  void Fill(Message& message, const std::string& path);
  void FillOne(Message& message, const FieldDescriptor& field, bool append, const std::string& path);
  std::string TextFor(const v1::FieldRule& rule);
  std::string Letters(std::size_t count);

  const FillOptions options_;
  std::map<std::string, std::vector<std::string>> codes_;
  int next_ = 0;
};

// The rule of a field; empty where it has none.
const v1::FieldRule& RuleOf(const FieldDescriptor& field);

// A value as leaves and sections write it: `index` is -1 for a field that is no list.
core::Json JsonOf(const Message& message, const FieldDescriptor& field, int index);

std::string EnumWordOf(const FieldDescriptor& field, int number);

}  // namespace candor::e2e
