// Requests that break one rule of one field and no other, out of the rules themselves.
//
// Pure functions over values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/filler.h"

namespace candor::e2e {

struct BadRequest {
  std::unique_ptr<Message> request;
  std::string field;  // As an error must name it, such as `data_used[0].category`.
  std::string what;   // What is bad about it.
  std::string value;  // A text that an error must not quote; empty: nothing to look for.
};

// Every rule of every field of `good`, broken once. Every field of `good` is set.
std::vector<BadRequest> BadRequestsOf(const Message& good);

// Every text of `good`, spoilt by bytes that are no UTF-8.
std::vector<BadRequest> BadTextsOf(const Message& good);

}  // namespace candor::e2e
