#include "services/vault/sections.h"

#include "services/base/status.h"
#include "services/core/commit/section.h"
#include "services/crypto/random.h"

namespace candor::vault {

SealedSections SealSections(std::string_view origin, std::string_view leaf_id,
                            const std::vector<Section>& sections,
                            const std::vector<FoundKey>& keys) {
  SealedSections sealed;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const core::SectionOf of{.origin = origin, .leaf_id = leaf_id, .name = sections[i].name};
    const BytesView bytes = AsBytes(sections[i].bytes);
    const Digest salt{.bytes = crypto::RandomBytes<32>()};
    sealed.commitments.emplace_back(sections[i].name, core::CommitSection(of, salt, bytes));
    SealedBox* box = nullptr;
    for (SealedBox& open : sealed.boxes) {
      if (open.key.key == keys[i].key) box = &open;
    }
    if (box == nullptr) box = &sealed.boxes.emplace_back(SealedBox{.key = keys[i], .body = {}});
    const Bytes one = core::SealSection(keys[i].key->key, of, salt, crypto::RandomBytes<12>(), bytes);
    std::string header(1, static_cast<char>(sections[i].name.size()));
    header += sections[i].name;
    AppendBigEndian32(static_cast<std::uint32_t>(one.size()), header);
    box->body.insert(box->body.end(), header.begin(), header.end());
    box->body.insert(box->body.end(), one.begin(), one.end());
  }
  return sealed;
}

absl::StatusOr<std::vector<std::pair<std::string, BytesView>>> SplitBox(BytesView body) {
  std::vector<std::pair<std::string, BytesView>> sections;
  while (!body.empty()) {
    const std::size_t name = body[0];
    if (body.size() < 1 + name + 4) return absl::DataLossError("sealed sections are cut short");
    const BytesView size = body.subspan(1 + name, 4);
    const std::size_t length = std::size_t{size[0]} << 24 | std::size_t{size[1]} << 16 |
                               std::size_t{size[2]} << 8 | size[3];
    if (body.size() - (1 + name + 4) < length) return absl::DataLossError("sealed sections are cut short");
    sections.emplace_back(std::string(AsText(body.subspan(1, name))), body.subspan(5 + name, length));
    body = body.subspan(5 + name + length);
  }
  return sections;
}

}  // namespace candor::vault
