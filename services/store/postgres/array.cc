#include "services/store/postgres/array.h"

#include "services/base/check.h"

namespace candor::store {

void Array::Add(BytesView bytes) {
  AppendBigEndian32(static_cast<std::uint32_t>(bytes.size()), elements_);
  elements_.append(AsText(bytes));
  ++count_;
}

void Array::AddInt64(std::int64_t value) {
  AppendBigEndian32(8, elements_);
  AppendBigEndian64(static_cast<std::uint64_t>(value), elements_);
  ++count_;
}

void Array::AddInt16(std::int16_t value) {
  AppendBigEndian32(2, elements_);
  AppendBigEndian16(static_cast<std::uint16_t>(value), elements_);
  ++count_;
}

void Array::AddTime(absl::Time time) {
  // PostgreSQL counts microseconds from the year 2000.
  static const absl::Time kEpoch = absl::FromUnixSeconds(946684800);
  AddInt64(absl::ToInt64Microseconds(time - kEpoch));
}

void Array::AddNull() {
  AppendBigEndian32(0xFFFFFFFF, elements_);
  has_null_ = true;
  ++count_;
}

pqxx::binarystring Array::Param() const {
  std::string out;
  out.reserve(20 + elements_.size());
  AppendBigEndian32(count_ == 0 ? 0 : 1, out);  // Dimensions.
  AppendBigEndian32(has_null_ ? 1 : 0, out);
  AppendBigEndian32(static_cast<std::uint32_t>(element_), out);
  if (count_ > 0) {
    AppendBigEndian32(count_, out);
    AppendBigEndian32(1, out);  // Lower bound.
    out += elements_;
  }
  return pqxx::binarystring(out.data(), out.size());
}

Bytes BytesOf(const pqxx::field& field) {
  const std::string_view text(field.c_str(), field.size());
  CANDOR_CHECK(text.substr(0, 2) == "\\x");
  return FromHex(text.substr(2)).value_or(Bytes{});
}

Digest DigestOf(const pqxx::field& field) {
  return Digest::FromBytes(BytesOf(field)).value_or(Digest{});
}

std::uint64_t NumberOf(const pqxx::field& field) { return static_cast<std::uint64_t>(field.as<std::int64_t>()); }

Uuid UuidOf(const pqxx::field& field) {
  // Not FromText: a column may hold any sixteen bytes after damage.
  std::string hex;
  for (const char* c = field.c_str(); *c != '\0'; ++c) {
    if (*c != '-') hex += *c;
  }
  const std::optional<Bytes> bytes = FromHex(hex);
  CANDOR_CHECK(bytes.has_value() && bytes->size() == 16);
  Uuid id;
  std::copy(bytes->begin(), bytes->end(), id.bytes.begin());
  return id;
}

Handle HandleOf(const pqxx::field& field) {
  Handle handle{};
  const Bytes bytes = BytesOf(field);
  std::copy_n(bytes.begin(), std::min(bytes.size(), handle.size()), handle.begin());
  return handle;
}

absl::Time TimeOf(const pqxx::field& field) {
  return absl::FromUnixMicros(field.as<std::int64_t>());
}

}  // namespace candor::store
