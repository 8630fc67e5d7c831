// TransparencyService.ExportMyData: all that a person can see, as files to keep, to read and to
// check.

#include <google/protobuf/util/json_util.h>

#include <limits>

#include "services/core/bundle/tar.h"
#include "services/crypto/sha256_stream.h"
#include "services/pages/explanation.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/explaining.h"
#include "services/rpc/transparency_service.h"

namespace candor::rpc {
namespace {

constexpr int kPage = 200;

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  return google::protobuf::util::MessageToJsonString(message, &text, options).ok() ? text + "\n" : "{}\n";
}

// Sends files one after the other; holds one.
class Archive {
 public:
  using Send = std::function<absl::Status(std::string_view)>;
  Archive(Send send, absl::Time time) : send_(std::move(send)), mtime_(static_cast<std::uint64_t>(absl::ToUnixSeconds(time))) {}

  absl::Status File(const std::string& name, const std::string& bytes) {
    return Add(core::TarHeader({.name = name, .size = bytes.size(), .mtime = mtime_}) + bytes + core::TarPadding(bytes.size()));
  }
  absl::StatusOr<Digest> End() {
    CANDOR_RETURN_IF_ERROR(Add(core::TarEnd()));
    return digest_.Finish();
  }

 private:
  absl::Status Add(const std::string& bytes) {
    digest_.Add(AsBytes(bytes));
    return send_(bytes);
  }

  const Send send_;
  const std::uint64_t mtime_;
  crypto::Sha256Stream digest_;
};

// The page to begin with.
std::string FirstPage(pages::Language language, std::vector<std::vector<std::string>> decisions) {
  const auto say = [&](const char* key) { return pages::Say(language, key); };
  pages::Document page{.language = std::string(pages::TagOf(language)), .title = say("export.title"), .cut = "…", .blocks = {}};
  page.blocks.push_back(pages::Text(pages::Block::Kind::kHeading, page.title));
  page.blocks.back().level = 1;
  page.blocks.push_back(pages::Text(pages::Block::Kind::kText, say("export.what")));
  page.blocks.push_back(pages::Text(pages::Block::Kind::kText, say("export.check")));
  page.blocks.push_back(pages::Text(pages::Block::Kind::kCode, "candor verify explanation decisions/DECISION.json --vkey-file KEY"));
  page.blocks.push_back(pages::Table(say("export.decisions"), std::move(decisions)));
  return pages::ToHtml(page);
}

}  // namespace

absl::Status TransparencyService::ExportMyData(const Caller& asker, const v1::ExportMyDataRequest& request,
                                               const Say<v1::ExportMyDataResponse>& say, v1::ExportMyDataResponse& last) {
  Caller caller = asker;
  if (!request.language().empty()) caller.language = request.language();
  CANDOR_RETURN_IF_ERROR(CheckLanguage(caller.language));
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
  Speech speech = SpeechOf(view, {caller.language});
  Archive archive([&](std::string_view bytes) { return SendChunks(say, bytes, stopping_); }, door_.clock().Now());

  std::vector<std::vector<std::string>> rows = {
      {pages::Say(speech.language, "export.asked"), pages::Say(speech.language, "export.about"),
       pages::Say(speech.language, "export.result"), pages::Say(speech.language, "export.file")}};
  CANDOR_ASSIGN_OR_RETURN(const auto cases, cases_.All(caller));
  for (std::uint64_t before = std::numeric_limits<std::int64_t>::max();;) {
    CANDOR_ASSIGN_OR_RETURN(std::vector<Story> stories, view.reader.Newest(before, kPage));
    std::vector<store::StoredLeaf> leaves;  // Of all of them: proofs share most of what they are made of.
    for (Story& story : stories) {
      CANDOR_RETURN_IF_ERROR(view.reader.Open(story));
      for (const Chapter* one : ToProve(story)) leaves.push_back({.position = one->position, .leaf = one->bytes});
    }
    google::protobuf::RepeatedPtrField<v1::Receipt> receipts;
    CANDOR_RETURN_IF_ERROR(view.reader.AddReceipts(leaves, receipts));
    int taken = 0;
    for (const Story& story : stories) {
      v1::ExplainResponse told = Told(caller, view, story, cases, {});
      for (std::size_t i = ToProve(story).size(); i > 0; --i) *told.add_receipts() = std::move(*receipts.Mutable(taken++));
      const std::string name = "decisions/" + story.decision.ToText();
      CANDOR_RETURN_IF_ERROR(archive.File(name + ".json", ToJson(told)));
      CANDOR_RETURN_IF_ERROR(archive.File(name + ".html", pages::ToHtml(pages::PageOf(told, {}))));
      const v1::PersonDecision& decision = told.decision();
      rows.push_back({pages::MomentOf(FromWire(decision.create_time()), speech.language), decision.title(),
                      decision.outcome_text(), name + ".html"});
      before = story.chapters.front().position;
    }
    if (stories.size() < static_cast<std::size_t>(kPage)) break;
  }

  for (const domain::Case& one : cases) {
    v1::GetContestRequest get;
    v1::GetContestResponse got;
    get.set_case_id(one.id.ToText());
    CANDOR_RETURN_IF_ERROR(GetContest(caller, get, got));
    CANDOR_RETURN_IF_ERROR(archive.File("cases/" + get.case_id() + ".json", ToJson(got)));
  }
  v1::WhoLookedRequest looked;
  looked.set_page_size(kPage);
  int page = 0;
  do {
    v1::WhoLookedResponse readings;
    CANDOR_RETURN_IF_ERROR(WhoLooked(caller, looked, readings));
    looked.set_page_token(readings.next_page_token());
    CANDOR_RETURN_IF_ERROR(archive.File("readers/" + std::to_string(++page) + ".json", ToJson(readings)));
  } while (!looked.page_token().empty());
  CANDOR_RETURN_IF_ERROR(archive.File("index.html", FirstPage(speech.language, std::move(rows))));
  CANDOR_ASSIGN_OR_RETURN(const Digest digest, archive.End());
  last.set_digest(std::string(AsText(digest.view())));
  return absl::OkStatus();
}

}  // namespace candor::rpc
