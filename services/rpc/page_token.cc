#include "services/rpc/page_token.h"

#include <memory>

#include "services/base/bytes.h"
#include "services/crypto/sha256.h"
#include "services/rpc/page.h"

namespace candor::rpc {
namespace {

constexpr std::size_t kTokenBytes = 24;

}  // namespace

std::string PageTokenOf(ledger::Ledger& ledger, const google::protobuf::Message& request, std::uint64_t position) {
  const std::unique_ptr<google::protobuf::Message> asked(request.New());
  asked->CopyFrom(request);
  for (const char* name : {"page_size", "page_token", "with_total"}) {
    const auto* field = asked->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) asked->GetReflection()->ClearField(asked.get(), field);
  }
  std::string token;
  AppendBigEndian64(position, token);
  const std::string text = ledger.tenant().ToText() + asked->GetDescriptor()->full_name() + "\n" + asked->SerializeAsString();
  // A person stands in it keyed, like everywhere.
  const Digest bound = crypto::HmacSha256(ledger.keyring().PageTokenKey().view(), {AsBytes(token), AsBytes(text)});
  token.append(AsText(bound.view().first(kTokenBytes - 8)));
  return ToHex(AsBytes(token));
}

absl::StatusOr<std::uint64_t> PageBegins(ledger::Ledger& ledger, const google::protobuf::Message& request,
                                         const std::string& token) {
  if (token.empty()) return std::uint64_t{INT64_MAX};
  const auto bytes = FromHex(token);
  if (!bytes || bytes->size() != kTokenBytes) return BadPageToken();
  std::uint64_t position = 0;
  for (std::size_t i = 0; i < 8; ++i) position = position << 8 | (*bytes)[i];
  if (PageTokenOf(ledger, request, position) != token) return BadPageToken();
  return position;
}

}  // namespace candor::rpc
