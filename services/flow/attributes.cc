#include "services/flow/attributes.h"

#include <algorithm>

#include "services/core/text/grammar.h"
#include "services/domain/registered.h"

namespace candor::flow {
namespace {

constexpr std::string_view kSection = "protected";

}  // namespace

Attributes AttributesOf(std::string_view section) {
  Attributes attributes;
  const auto members = core::ParseCanonical(section, core::JsonKind::kSection);
  const core::Json* list = members.ok() ? members->Find("protected_attributes") : nullptr;
  if (list == nullptr || !list->is_array()) return attributes;
  for (const core::Json& one : list->items()) {
    const std::string name = domain::FactText(one, "attribute"), value = domain::FactText(one, "value");
    if (!core::IsCode(name)) continue;
    attributes.emplace(name, Attribute{.value = core::IsCode(value) ? value : "unlisted",
                                       .provenance = domain::FactText(one, "provenance")});
  }
  return attributes;
}

bool HasAttributes(const core::Leaf& leaf) {
  return std::any_of(leaf.sections.begin(), leaf.sections.end(),
                     [](const auto& section) { return section.first == kSection; });
}

absl::StatusOr<std::optional<Attributes>> OpenAttributes(vault::Opening& opening, std::uint64_t position,
                                                         const core::Leaf& leaf) {
  if (!HasAttributes(leaf)) return std::nullopt;
  auto section = opening.One(position, leaf, kSection);
  if (!section.ok()) return section.status();
  if (!*section) return std::nullopt;
  return AttributesOf(**section);
}

}  // namespace candor::flow
