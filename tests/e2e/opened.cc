#include "tests/e2e/opened.h"

#include "services/core/commit/section.h"
#include "services/store/reader.h"
#include "services/store/tenants.h"

namespace candor::e2e {
namespace {

// Ends the test program: without keys it can say nothing.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "the sections of the tests: %s\n", std::string(value.status().message()).c_str());
  std::abort();
}

}  // namespace

Opener::Opener(const World& world, const Tenant& tenant)
    : tenant_(tenant), tenant_id_(*Uuid::FromText(tenant.id)),
      connection_({world.database()}, store::Role::kWriter) {
  const auto keys = Must(vault::OperatorKeys::Load(world.folder().path() + "/state/keys", /*make=*/false));
  keyring_ = Must(vault::Keyring::Open(keys, tenant_id_, Must(store::TenantKeys(connection_, tenant_id_)), clock_));
}

std::map<std::string, std::string> Opener::Sections(std::uint64_t position) {
  const auto leaf = Must(core::ParseLeaf(Must(store::LeafAt(connection_, tenant_id_, position)).leaf));
  const std::map<std::string, Digest> commitments(leaf.sections.begin(), leaf.sections.end());
  const std::string leaf_id = leaf.id.ToText();
  std::map<std::string, std::string> opened;
  for (const store::StoredSealed& box : Must(store::SealedAt(connection_, tenant_id_, position))) {
    const crypto::Key key = Must(keyring_->KeyOf(connection_, box.handle));
    for (const auto& [name, sealed] : Must(vault::SplitBox(box.sections))) {
      const auto committed = commitments.find(name);
      if (committed == commitments.end()) {
        ADD_FAILURE() << "section " << name << " has no commitment in its leaf";
        continue;
      }
      const auto section = core::OpenSection(
          key, {.origin = tenant_.origin, .leaf_id = leaf_id, .name = name}, sealed, committed->second);
      if (section.ok()) {
        opened[name] = std::string(AsText(section->bytes));
      } else {
        ADD_FAILURE() << "section " << name << ": " << section.status().message();
      }
    }
  }
  EXPECT_EQ(opened.size(), commitments.size()) << "a committed section is not stored";
  return opened;
}

std::map<std::string, std::string> Opener::Handles(std::uint64_t position) {
  std::map<std::string, std::string> handles;
  for (const store::StoredSealed& box : Must(store::SealedAt(connection_, tenant_id_, position))) {
    for (const auto& [name, sealed] : Must(vault::SplitBox(box.sections))) handles[name] = ToHex(box.handle);
  }
  return handles;
}

}  // namespace candor::e2e
