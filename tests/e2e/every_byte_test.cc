// Every byte of every column of every table, altered one at a time behind the service's
// back by somebody who may do anything in the database: the verifier names its place, or
// the paper lists the column as outside of what is claimed, with the reason.
//
// CANDOR_EVERY_BYTE=1 takes every byte of every row; else of one row of each kind of leaf all
// columns, and of values longer than 16 bytes some ten bytes.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/verify_ledger.h"
#include "tests/e2e/rich_ledger.h"

namespace candor::e2e {
namespace {

using ::testing::IsEmpty;

const bool kEverything = std::getenv("CANDOR_EVERY_BYTE") != nullptr;
constexpr std::size_t kShort = 16, kMostBytes = 10;

// How a type is taken to bytes and back.
struct Codec {
  std::string to, from;  // `$` is the value.
  std::vector<int> masks = {1};
};
const std::map<std::string, Codec>& Codecs() {
  static const std::map<std::string, Codec> codecs = {
      {"bytea", {"$", "$"}},
      {"text", {"convert_to($, 'UTF8')", "convert_from($, 'UTF8')"}},
      {"_text", {"convert_to(array_to_string($, ' '), 'UTF8')", "string_to_array(convert_from($, 'UTF8'), ' ')"}},
      {"uuid", {"uuid_send($)", "encode($, 'hex')::uuid"}},
      {"int8", {"int8send($)", "('x' || encode($, 'hex'))::bit(64)::int8", {1, 128}}},
      {"int4", {"int4send($)", "('x' || encode($, 'hex'))::bit(32)::int4", {1, 128}}},
      {"numeric", {"convert_to(($)::text, 'UTF8')", "convert_from($, 'UTF8')::numeric"}},
      {"int2", {"int2send($)", "(get_byte($, 0) * 256 + get_byte($, 1) - get_byte($, 0) / 128 * 65536)::int2", {1, 128}}},
      {"bool", {"boolsend($)", "get_byte($, 0) = 1"}},
      {"timestamptz",
       {"timestamptz_send($)",
        "'2000-01-01 00:00:00Z'::timestamptz + ('x' || encode($, 'hex'))::bit(64)::int8 * interval '1 microsecond'"}}};
  return codecs;
}

std::string With(std::string pattern, const std::string& value) {
  for (std::size_t at = pattern.find('$'); at != std::string::npos; at = pattern.find('$', at + value.size())) {
    pattern.replace(at, 1, value);
  }
  return pattern;
}

struct Column {
  std::string table, name, type;
  bool nullable = false;

  std::string place() const { return table + "." + name; }
  bool operator<(const Column& other) const { return place() < other.place(); }
};

// The columns outside of the claim, as the paper lists them: lines `| `table.column` | why |`
// below the heading. `table.*` stands for all of a table.
std::set<std::string> ListedColumns() {
  const std::string paper = ReadText(CANDOR_SOURCE_DIR "/docs/reference/ledger-format.md");
  std::size_t at = paper.find("### 11.1 ");
  EXPECT_NE(at, std::string::npos) << "the paper has no list";
  std::set<std::string> columns;
  const std::string section = paper.substr(at, paper.find("\n## ", at) - at);
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(section, '\n'))) {
    if (!absl::StartsWith(line, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    EXPECT_EQ(cells.size(), 2U) << line;
    EXPECT_GT(cells.back().size(), 10U) << line << ": gives no reason";
    for (const std::string& word : std::vector<std::string>(absl::StrSplit(cells[0], '`'))) {
      if (word.find('.') != std::string::npos) columns.insert(word);
    }
  }
  return columns;
}

class EveryByte : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = &World::Get();
    Tenant large = world_->MakeTenant();
    FillUpTo(*world_, large, 260);
    const Tenant rich = MakeRichLedger(*world_);
    origins_ = {rich.origin, large.origin};
    ids_ = {rich.id, large.id};
    session_ = new candor::testing::Session(candor::testing::Postgres::ForSuperuser(world_->database()));
    Must("SET synchronous_commit = off; SET session_replication_role = replica");
    // Without indexes, plans of small tables would be parallel.
    Must("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET max_parallel_workers_per_gather = 0', current_database()); END $$");
    // Whatever a check, a key or an index forbids can be altered too.
    Must("DO $$ DECLARE one record; BEGIN "
         "FOR one IN SELECT conrelid::regclass AS t, conname FROM pg_constraint "
         "  WHERE connamespace = 'public'::regnamespace ORDER BY contype = 'p' LOOP "
         "  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', one.t, one.conname); END LOOP; "
         "FOR one IN SELECT indexrelid::regclass AS i FROM pg_index JOIN pg_class ON oid = indexrelid "
         "  WHERE relnamespace = 'public'::regnamespace LOOP EXECUTE format('DROP INDEX %s', one.i); END LOOP; "
         "END $$");
  }

  static candor::testing::Answer Must(const std::string& sql) {
    candor::testing::Answer answer = session_->Run(sql);
    EXPECT_TRUE(answer.ok()) << answer.sqlstate << ": " << sql;
    return answer;
  }

  static std::vector<Column> Columns() {
    std::vector<Column> columns;
    for (const auto& row : Must("SELECT table_name, column_name, udt_name, is_nullable = 'YES' FROM information_schema.columns "
                                "WHERE table_schema = 'public' ORDER BY table_name, ordinal_position").rows) {
      columns.push_back({row[0], row[1], row[2], row[3] == "t"});
    }
    return columns;
  }

  // What the verifier says of a ledger, a line for each finding or the error.
  static std::vector<std::string> Verify(std::size_t ledger, bool anew) {
    static std::map<std::size_t, cli::LedgerDatabase> open;
    cli::LedgerFlags flags;
    flags.keys_folder = world_->server().state() + "/keys";
    flags.threads = 1;
    if (anew) open.erase(ledger);
    if (!open.contains(ledger)) {
      auto database = cli::LedgerDatabase::Open(world_->database(), origins_[ledger]);
      if (!database.ok()) return {"tenants: " + std::string(database.status().message())};
      open.emplace(ledger, *std::move(database));
    }
    std::ostringstream words;
    cli::Output out(words, words, {});
    const auto verdict = cli::CheckLedger(open.at(ledger), flags, out);
    // Without the tenant's keys it does not begin.
    if (!verdict.ok()) return {"tenants or tenant_keys: " + std::string(verdict.status().message())};
    std::vector<std::string> found;
    for (const verify::Finding& finding : verdict->findings) found.push_back(ToText(finding));
    return found;
  }

  static World* world_;
  static candor::testing::Session* session_;
  static std::vector<std::string> origins_, ids_;
};
World* EveryByte::world_ = nullptr;
candor::testing::Session* EveryByte::session_ = nullptr;
std::vector<std::string> EveryByte::origins_, EveryByte::ids_;

struct Row {
  std::string at;          // Its ctid, which each change moves.
  std::size_t ledger = 0;  // Which one must notice.
  std::string position;    // Of an entry.
};

// What was tried on one column, and what of it nobody noticed.
struct Tried {
  std::size_t altered = 0, noticed = 0;
  std::vector<std::string> unnoticed;
};

// One value of one row, altered and put back.
class Flip {
 public:
  Flip(candor::testing::Session& session, const Column& column, Row& row)
      : session_(session), column_(column), row_(row),
        value_(session.Run("SELECT \"" + column.name + "\"::text FROM " + column.table + " WHERE ctid = $1::tid",
                           {row.at}).value()) {}

  // Whether PostgreSQL took the other value.
  bool To(const std::string& expression) {
    const auto answer = session_.Run("UPDATE " + column_.table + " SET \"" + column_.name + "\" = " + expression +
                                     " WHERE ctid = '" + row_.at + "' AND \"" + column_.name +
                                     "\" IS DISTINCT FROM " + expression + " RETURNING ctid");
    if (answer.rows.empty()) return false;
    row_.at = answer.value();
    return true;
  }
  void Back() {
    const auto answer = session_.Run("UPDATE " + column_.table + " SET \"" + column_.name + "\" = $1::" +
                                     column_.type + " WHERE ctid = $2::tid RETURNING ctid", {value_, row_.at});
    ASSERT_TRUE(answer.ok()) << column_.place() << " stays altered: " << answer.sqlstate;
    row_.at = answer.value();
  }

 private:
  candor::testing::Session& session_;
  const Column& column_;
  Row& row_;
  const std::string value_;
};

// Every byte of a short value; of a long one as many as the run has time for.
std::size_t StepOf(std::size_t length) {
  return kEverything || length <= kShort ? 1 : std::max<std::size_t>(1, length / kMostBytes);
}

bool Names(const std::vector<std::string>& found, const std::string& table, const Row& row) {
  return std::any_of(found.begin(), found.end(), [&](const std::string& one) {
    if (!row.position.empty()) return absl::StartsWith(one, "entries " + row.position);
    // What an erasure took away is missing again where nothing says so.
    if (table == "erased" && absl::StartsWith(one, "sealed ") && absl::StrContains(one, "fingerprint")) return true;
    return absl::StartsWith(one, table + " ") || absl::StartsWith(one, table + ":") || absl::StrContains(one, " " + table);
  });
}

class EveryByteOf : public EveryByte {
 protected:
  void Note(const Column& column, const Row& row, const std::string& what, bool is_byte) {
    Tried& tried = tried_[column];
    ++tried.altered;
    const auto found = Verify(row.ledger, column.table == "tenants");
    if (Names(found, column.table, row)) {
      tried.noticed += is_byte ? 1 : 0;
    } else {
      tried.unnoticed.push_back(absl::StrCat("row ", row.at, " ", what, found.empty() ? "" : ": but " + found[0]));
    }
  }

  void Try(const Column& column, Row& row) {
    ASSERT_TRUE(Codecs().contains(column.type)) << column.place() << ": teach this test the type " << column.type;
    const Codec& codec = Codecs().at(column.type);
    const std::string bytes = With(codec.to, "\"" + column.name + "\"");
    const std::string length =
        Must("SELECT octet_length(" + bytes + ") FROM " + column.table + " WHERE ctid = '" + row.at + "'").value();
    Flip flip(*session_, column, row);
    if (length.empty()) return;  // NULL.
    for (std::size_t i = 0; i < std::stoul(length); i += StepOf(std::stoul(length))) {
      for (const int mask : codec.masks) {
        const std::string other = absl::StrCat("set_byte(", bytes, ", ", i, ", get_byte(", bytes, ", ", i, ") # ", mask, ")");
        if (!flip.To(With(codec.from, "(" + other + ")"))) continue;
        Note(column, row, absl::StrCat("byte ", i), true);
        flip.Back();
      }
    }
    if (!column.nullable || !flip.To("NULL")) return;
    Note(column, row, "without the value", false);
    flip.Back();
  }

  // Those of the rich ledger, one of each kind; and of the large one what only it has.
  std::vector<Row> RowsOf(const std::string& table) {
    const auto has = [&](const char* name) {
      return std::any_of(columns_.begin(), columns_.end(),
                         [&](const Column& one) { return one.table == table && one.name == name; });
    };
    std::string sql = "SELECT ctid, '" + ids_[0] + "', '' FROM " + table + " LIMIT 2";
    if (table == "entries" || table == "sealed") {
      const std::string kind = "substring(convert_from(e.leaf, 'UTF8') from '\"type\":\"([a-z_]+)\"'), e.epoch IS NULL";
      const std::string own = table == "entries" ? "e" : "s";
      sql = "SELECT " + std::string(kEverything ? "" : "DISTINCT ON (" + kind + ") ") + own + ".ctid, e.tenant_id, " +
            (table == "entries" ? "e.position::text" : "''") + " FROM entries e " +
            (table == "sealed" ? "JOIN sealed s USING (tenant_id, position) " : "") + "WHERE e.tenant_id = '" + ids_[0] +
            "' ORDER BY " + kind + ", e.position";
    } else if (table == "heads" || table == "checkpoints" || table == "tiles") {
      sql = "SELECT ctid, tenant_id, '' FROM " + table;
    } else if (has("tenant_id")) {
      sql = "SELECT ctid, tenant_id, '' FROM " + table + " WHERE tenant_id = '" + ids_[0] + "'";
      if (!kEverything && table != "tenant_keys") sql = "(" + sql + " ORDER BY ctid LIMIT 2) UNION (" + sql + " ORDER BY ctid DESC LIMIT 2)";
    }
    std::vector<Row> rows;
    for (const auto& row : Must(sql).rows) rows.push_back({row[0], row[1] == ids_[1] ? 1U : 0U, row[2]});
    return rows;
  }

  const std::vector<Column> columns_ = Columns();
  std::map<Column, Tried> tried_;
};

// A table none of whose columns is claimed.
bool IsOutside(const std::string& table, const std::vector<Column>& columns, const std::set<std::string>& listed) {
  return std::all_of(columns.begin(), columns.end(),
                     [&](const Column& one) { return one.table != table || listed.contains(one.place()); });
}

TEST_F(EveryByteOf, ARowThatIsTakenAwayOrStandsTwiceIsNamed) {
  const std::set<std::string> listed = ListedColumns();
  std::set<std::string> tables;
  for (const Column& column : columns_) tables.insert(column.table);
  for (const std::string& table : tables) {
    if (IsOutside(table, columns_, listed)) continue;
    for (Row& row : RowsOf(table)) {
      const std::string where = " WHERE ctid = '" + row.at + "'";
      const std::string what = Must("SELECT t::text FROM " + table + " t" + where).value().substr(0, 120);
      Must("CREATE TEMPORARY TABLE kept AS SELECT * FROM " + table + where);

      Must("DELETE FROM " + table + where);
      const auto missing = Verify(row.ledger, table == "tenants");
      EXPECT_TRUE(Names(missing, table, row)) << table << ": taken away: " << what << ::testing::PrintToString(missing);

      const std::string back = "INSERT INTO " + table + " SELECT * FROM kept RETURNING ctid";
      Must(back);
      const std::string twice = Must(back).value();
      const auto doubled = Verify(row.ledger, table == "tenants");
      // Of tenant_keys the newest generation counts: the same once more is the same.
      EXPECT_TRUE(table == "tenant_keys" || Names(doubled, table, row)) << table << ": twice: " << what << ::testing::PrintToString(doubled);
      Must("DELETE FROM " + table + " WHERE ctid = '" + twice + "'; DROP TABLE kept");
    }
  }
  for (const std::size_t ledger : {0U, 1U}) EXPECT_THAT(Verify(ledger, true), IsEmpty());
}

TEST_F(EveryByteOf, TheDatabaseIsNamedOrListedAsOutsideOfTheClaim) {
  const std::set<std::string> listed = ListedColumns();
  for (const std::size_t ledger : {0U, 1U}) ASSERT_THAT(Verify(ledger, false), IsEmpty());

  std::map<std::string, std::vector<Row>> rows;
  for (const Column& column : columns_) {
    auto [known, is_new] = rows.try_emplace(column.table);
    if (is_new) known->second = RowsOf(column.table);
    EXPECT_THAT(known->second, ::testing::Not(IsEmpty())) << column.table;
    for (Row& row : known->second) Try(column, row);
  }

  std::set<std::string> places;
  std::size_t altered = 0;
  for (const Column& column : columns_) {
    places.insert(column.place());
    const Tried& tried = tried_[column];
    altered += tried.altered;
    const bool may_be_empty = column.nullable && listed.contains(column.place());
    EXPECT_TRUE(tried.altered > 0 || may_be_empty) << column.place() << ": no value of it could be altered";
    if (listed.contains(column.place())) {
      EXPECT_EQ(tried.noticed, 0U) << column.place() << " is listed as outside of the claim, but noticed";
    } else {
      EXPECT_THAT(std::vector(tried.unnoticed.begin(), tried.unnoticed.begin() + std::min<std::ptrdiff_t>(tried.unnoticed.size(), 5)), IsEmpty())
          << column.place() << ": " << tried.unnoticed.size() << " of " << tried.altered << " alterations were not noticed";
    }
  }
  for (const std::string& place : listed) EXPECT_TRUE(places.contains(place)) << place << " is listed, but no column";
  for (const std::size_t ledger : {0U, 1U}) EXPECT_THAT(Verify(ledger, true), IsEmpty());
  std::printf("%zu alterations of %zu columns\n", altered, columns_.size());
}

}  // namespace
}  // namespace candor::e2e
