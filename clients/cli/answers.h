// Answers of the server, as they are printed and kept.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "candor/v1/receipt.pb.h"
#include "clients/cli/output.h"

namespace candor::cli {

// The protobuf JSON form on one line, members named as in the .proto files, all of them.
std::string ToJson(const google::protobuf::Message& message);

// Reads that form. Errors: kFailedPrecondition that says what is wrong.
absl::Status FromJson(const std::string& text, google::protobuf::Message& message);

// `2026-05-28T20:26:42.468002Z`; nothing when unset.
std::string ToText(const google::protobuf::Timestamp& time);

// Reads a time as a flag gives it. Errors: kFailedPrecondition.
absl::Status FromText(const std::string& text, const std::string& flag, google::protobuf::Timestamp& time);

// An enumerator in lower case, without its prefix: VERDICT_ALLOW is `allow`.
std::string WordOf(const google::protobuf::EnumDescriptor& type, int number);

// The enumerator of such a word. Errors: kFailedPrecondition that lists the words.
absl::StatusOr<int> NumberOf(const google::protobuf::EnumDescriptor& type, const std::string& word,
                             const std::string& flag);

// What a leaf says of itself; empty where it cannot be read.
struct LeafSummary {
  std::string id, request, type, time;
};
LeafSummary SummaryOf(const std::string& leaf);

// `position 17 under checkpoint 2380 of ledger.example.com/acme`.
std::string ToText(const v1::Receipt& receipt);

// Writes `<id>.leaf.json` and `<id>.tlog-proof` into a folder, which is made; returns the
// path without the endings.
absl::StatusOr<std::string> SaveReceipt(const v1::Receipt& receipt, const std::string& folder);

}  // namespace candor::cli
