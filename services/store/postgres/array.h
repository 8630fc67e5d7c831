// A one-dimensional array in PostgreSQL's binary format, built element by element, and
// the way back from the text of a bytea.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>

#include "absl/time/time.h"
#include "services/base/bytes.h"
#include "services/base/digest.h"
#include "services/base/id.h"
#include "services/store/rows.h"

namespace candor::store {

// The element types that are used, by their oids in pg_type.
enum class Element : std::uint32_t {
  kBytea = 17, kInt8 = 20, kInt2 = 21, kText = 25, kTimestamptz = 1184, kUuid = 2950
};

class Array {
 public:
  explicit Array(Element element) : element_(element) {}

  void Add(BytesView bytes);
  void Add(const Digest& digest) { Add(digest.view()); }
  void Add(const Uuid& id) { Add(id.view()); }
  void AddInt64(std::int64_t value);
  void AddInt16(std::int16_t value);
  void AddTime(absl::Time time);
  void AddNull();

  template <typename T>
  void AddOptional(const std::optional<T>& value) {
    if (value) return Add(*value);
    AddNull();
  }

  // As a parameter of a prepared statement, sent in binary.
  pqxx::binarystring Param() const;

 private:
  const Element element_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::string elements_;
};

// Reads what PostgreSQL prints for a bytea under bytea_output = hex. A digest of another
// length, which only damage can cause, reads as zeros and so matches nothing.
Bytes BytesOf(const pqxx::field& field);
Digest DigestOf(const pqxx::field& field);
// Below zero, which no check lets in, it is a number that no ledger reaches.
std::uint64_t NumberOf(const pqxx::field& field);
Uuid UuidOf(const pqxx::field& field);
// Zeros behind one that is shorter than 16 bytes.
Handle HandleOf(const pqxx::field& field);

// Reads extract(epoch …) * 1000000, printed as a whole number.
absl::Time TimeOf(const pqxx::field& field);

}  // namespace candor::store
