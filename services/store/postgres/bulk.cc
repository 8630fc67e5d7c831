#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "services/store/audit.h"
#include "services/store/postgres/door.h"

namespace candor::store {
namespace {

constexpr std::uint64_t kPage = 65536;  // Positions read under one snapshot.

absl::Status Broken() {
  return Because(absl::UnavailableError("reading from the database broke off: repeat"),
                 "STORE_UNAVAILABLE");
}

using Session = std::unique_ptr<PGconn, decltype(&PQfinish)>;

// The fields of one row of COPY … BINARY, read from the left.
class Fields {
 public:
  explicit Fields(BytesView row) : rest_(row) {}

  // Nothing for NULL. Past the end everything reads as NULL.
  std::optional<BytesView> Next() {
    if (rest_.size() < 4) return std::nullopt;
    const std::uint32_t length = Number(rest_.first(4));
    rest_ = rest_.subspan(4);
    if (length == 0xFFFFFFFF || length > rest_.size()) return std::nullopt;
    const BytesView field = rest_.first(length);
    rest_ = rest_.subspan(length);
    return field;
  }
  BytesView Bytes() { return Next().value_or(BytesView()); }
  std::uint64_t Int() { return OptionalInt().value_or(0); }
  std::optional<std::int64_t> OptionalInt() {
    const std::optional<BytesView> field = Next();
    if (!field) return std::nullopt;
    std::uint64_t value = 0;
    for (const std::uint8_t byte : *field) value = value << 8 | byte;
    return static_cast<std::int64_t>(value);
  }
  std::optional<Uuid> OptionalId() {
    const std::optional<BytesView> field = Next();
    if (!field || field->size() != 16) return std::nullopt;
    Uuid id;
    std::copy(field->begin(), field->end(), id.bytes.begin());
    return id;
  }
  std::optional<absl::Time> OptionalTime() {
    const std::optional<std::int64_t> micros = OptionalInt();
    if (!micros) return std::nullopt;
    return absl::FromUnixSeconds(946684800) + absl::Microseconds(*micros);
  }

 private:
  static std::uint32_t Number(BytesView four) {
    return std::uint32_t{four[0]} << 24 | std::uint32_t{four[1]} << 16 | std::uint32_t{four[2]} << 8 | four[3];
  }
  BytesView rest_;
};

}  // namespace

class IdleSessions {
 public:
  Session Take(const std::string& role) {
    absl::MutexLock lock(&mutex_);
    const auto at = sessions_.find(role);
    if (at == sessions_.end()) return {nullptr, PQfinish};
    return std::move(sessions_.extract(at).mapped());
  }
  void Put(const std::string& role, Session session) {
    absl::MutexLock lock(&mutex_);
    sessions_.emplace(role, std::move(session));
  }

 private:
  absl::Mutex mutex_;
  std::multimap<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
};

std::shared_ptr<IdleSessions> MakeIdleSessions() { return std::make_shared<IdleSessions>(); }

namespace {

std::optional<WrappedKey> KeyOf(BytesView handle, std::optional<std::int64_t> generation,
                                std::optional<BytesView> wrapped) {
  if (!generation || !wrapped) return std::nullopt;
  WrappedKey key{.handle = {}, .generation = 0, .wrapped = {}};
  if (handle.size() != key.handle.size() || wrapped->size() != key.wrapped.size() || *generation < 1) return key;
  key.generation = static_cast<std::uint64_t>(*generation);
  std::copy(handle.begin(), handle.end(), key.handle.begin());
  std::copy(wrapped->begin(), wrapped->end(), key.wrapped.begin());
  return key;
}

// Runs COPY (query) TO STDOUT BINARY on a session of its own and hands out each row.
class Copy {
 public:
  static absl::StatusOr<Copy> Open(const Address& address, const char* role) {
    Copy copy;
    copy.idle_ = address.idle;
    copy.role_ = role;
    if (copy.idle_ != nullptr) copy.connection_ = copy.idle_->Take(role);
    if (PQstatus(copy.connection_.get()) == CONNECTION_OK && !HungUp(PQsocket(copy.connection_.get()))) return copy;
    copy.connection_.reset(PQconnectdb(address.url.c_str()));
    if (PQstatus(copy.connection_.get()) != CONNECTION_OK) return Broken();
    CANDOR_RETURN_IF_ERROR(copy.Run("SET enable_hashjoin = off; SET jit = off; SET enable_seqscan = off"));
    // Outside of the service's own database a plain read-only user may be all there is.
    copy.Run(role).IgnoreError();
    return copy;
  }

  ~Copy() {
    const bool whole = idle_ != nullptr && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
    if (whole) idle_->Put(role_, std::move(connection_));
  }
  Copy(Copy&&) = default;

  absl::Status Rows(const std::string& query, absl::FunctionRef<absl::Status(Fields)> take) {
    const std::string sql = absl::StrCat("COPY (", query, ") TO STDOUT (FORMAT binary)");
    const Result start(PQexec(connection_.get(), sql.c_str()), PQclear);
    if (PQresultStatus(start.get()) != PGRES_COPY_OUT) return Broken();
    bool first = true;
    absl::Status status;
    for (;;) {
      char* buffer = nullptr;
      const int length = PQgetCopyData(connection_.get(), &buffer, 0);
      const std::unique_ptr<char, decltype(&PQfreemem)> owner(buffer, PQfreemem);
      if (length == -1) break;
      if (length < 0) return Broken();
      BytesView row(reinterpret_cast<const std::uint8_t*>(buffer), static_cast<std::size_t>(length));
      if (first) row = row.subspan(std::min<std::size_t>(19, row.size()));  // The signature.
      first = false;
      if (row.size() < 2 || (row[0] == 0xFF && row[1] == 0xFF)) continue;   // The trailer.
      if (status.ok()) status = take(Fields(row.subspan(2)));
    }
    const Result end(PQgetResult(connection_.get()), PQclear);
    if (PQresultStatus(end.get()) != PGRES_COMMAND_OK) return Broken();
    const Result none(PQgetResult(connection_.get()), PQclear);
    return status;
  }

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
  Copy() : connection_(nullptr, PQfinish) {}
  absl::Status Run(const char* sql) {
    const Result result(PQexec(connection_.get(), sql), PQclear);
    return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? absl::OkStatus() : Broken();
  }
  std::shared_ptr<IdleSessions> idle_;
  std::string role_;
  Session connection_;
};

}  // namespace

absl::Status StreamEntries(const Address& address, const Uuid& tenant, std::uint64_t first,
                           std::uint64_t end,
                           absl::FunctionRef<absl::Status(const StoredEntry&)> take) {
  CANDOR_ASSIGN_OR_RETURN(Copy copy, Copy::Open(address, "SET ROLE candor_auditor"));
  for (std::uint64_t at = first; at < end; at += kPage) {
    CANDOR_RETURN_IF_ERROR(copy.Rows(
        absl::StrCat("SELECT position, leaf_id, request_id, decision_id, closes_id, verdict, "
                     "expire_time, due_time, epoch, seq, leaf_hash, chain_hash, leaf FROM entries "
                     "WHERE tenant_id = '", tenant.ToText(), "' AND position >= ", at,
                     " AND position < ", std::min(end, at + kPage), " ORDER BY position"),
        [&](Fields fields) {
          StoredEntry entry;
          entry.position = fields.Int();
          entry.leaf_id = fields.OptionalId();
          entry.request_id = fields.OptionalId();
          entry.decision_id = fields.OptionalId();
          entry.closes_id = fields.OptionalId();
          entry.verdict = fields.OptionalInt();
          entry.expire_time = fields.OptionalTime();
          entry.due_time = fields.OptionalTime();
          entry.epoch = fields.OptionalId();
          entry.seq = fields.OptionalInt();
          entry.leaf_hash = fields.Bytes();
          entry.chain_hash = fields.Bytes();
          entry.leaf = fields.Bytes();
          return take(entry);
        }));
  }
  return absl::OkStatus();
}

absl::Status StreamLeaves(const Address& address, const Uuid& tenant, std::uint64_t first, std::uint64_t end,
                          absl::FunctionRef<absl::Status(std::uint64_t position, std::string_view leaf)> take) {
  CANDOR_ASSIGN_OR_RETURN(Copy copy, Copy::Open(address, "SET ROLE candor_auditor"));
  for (std::uint64_t at = first; at < end; at += kPage) {
    CANDOR_RETURN_IF_ERROR(copy.Rows(
        absl::StrCat("SELECT position, leaf FROM entries WHERE tenant_id = '", tenant.ToText(), "' AND position >= ", at,
                     " AND position < ", std::min(end, at + kPage), " ORDER BY position"),
        [&](Fields fields) {
          const std::uint64_t position = fields.Int();
          return take(position, AsText(fields.Bytes()));
        }));
  }
  return absl::OkStatus();
}

absl::Status StreamTiles(const Address& address, const Uuid& tenant,
                         absl::FunctionRef<absl::Status(const StoredTile&)> take) {
  CANDOR_ASSIGN_OR_RETURN(Copy copy, Copy::Open(address, "SET ROLE candor_auditor"));
  return copy.Rows(absl::StrCat("SELECT level, tile_index, hashes, root FROM tiles WHERE tenant_id = '",
                                tenant.ToText(), "' ORDER BY level, tile_index"),
                   [&](Fields fields) {
                     StoredTile tile;
                     tile.level = static_cast<int>(fields.Int());
                     tile.index = fields.Int();
                     tile.hashes = fields.Bytes();
                     tile.root = fields.Bytes();
                     return take(tile);
                   });
}

absl::Status StreamSealed(const Address& address, const Uuid& tenant, std::uint64_t first,
                          std::uint64_t end,
                          absl::FunctionRef<absl::Status(const StoredSections&)> take) {
  CANDOR_ASSIGN_OR_RETURN(Copy copy, Copy::Open(address, "SET ROLE candor_reader"));
  for (std::uint64_t at = first; at < end; at += kPage) {
    CANDOR_RETURN_IF_ERROR(copy.Rows(
        absl::StrCat("SELECT s.position, s.handle, s.fingerprint, s.sections, k.generation, k.wrapped FROM sealed s "
                     "LEFT JOIN LATERAL (SELECT generation, wrapped FROM data_keys "
                     "WHERE tenant_id = s.tenant_id AND handle = s.handle LIMIT 1) AS k ON true "
                     "WHERE s.tenant_id = '",
                     tenant.ToText(), "' AND s.position >= ", at, " AND s.position < ",
                     std::min(end, at + kPage), " ORDER BY s.position, s.handle"),
        [&](Fields fields) {
          StoredSections sections;
          sections.position = fields.Int();
          sections.handle = fields.Bytes();
          sections.fingerprint = fields.Next();
          sections.sections = fields.Bytes();
          const std::optional<std::int64_t> generation = fields.OptionalInt();
          sections.key = KeyOf(sections.handle, generation, fields.Next());
          return take(sections);
        }));
  }
  return absl::OkStatus();
}

}  // namespace candor::store
