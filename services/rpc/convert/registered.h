// From what a leaf keeps back to the message that said it, by the rules on its fields: see
// proto/candor/v1/field.proto.
//
// Pure functions; any thread may call.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <string>

#include "services/core/json/json.h"

namespace candor::rpc {

// Opened sections of a leaf, by name: what sealed them was a JSON object.
using Sections = std::map<std::string, std::string>;

// Sets the fields of `out` from `facts` and from those sections that are given. Of a sealed
// list that is not given, those fields of its items that are facts too.
void FromLeaf(const core::Json& facts, const Sections& sections, google::protobuf::Message& out);

// Sets the fields of `out` from an object as sections keep it.
void FromSection(const core::Json& object, google::protobuf::Message& out);

// The object that sealed the section `name`; an empty one where that is not given.
core::Json SectionOf(const Sections& sections, const std::string& name);

}  // namespace candor::rpc
