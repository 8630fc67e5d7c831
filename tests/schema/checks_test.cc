// Every CHECK of the schema refuses what it is there to refuse: the database does not
// believe the service.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/store/migrate.h"
#include "tests/testing/postgres.h"

namespace candor::store {
namespace {

using ::candor::testing::Answer;
using ::candor::testing::Postgres;
using ::candor::testing::Session;

// Columns and the SQL of their values.
using Row = std::map<std::string, std::string>;

constexpr const char* kTenant = "'0198c000-0000-7000-8000-000000000001'";

std::string BytesOf(int count) {
  return "decode(repeat('ab', " + std::to_string(count) + "), 'hex')";
}
std::string TextOf(int count) {
  return "repeat('a', " + std::to_string(count) + ")";
}

// A row that every table takes.
const std::map<std::string, Row>& GoodRows() {
  static const std::map<std::string, Row> rows = {
      {"tenants",
       {{"tenant_id", "gen_random_uuid()"},
        {"origin", "'a.example/b'"},
        {"request_id", "gen_random_uuid()"}}},
      {"tenant_keys",
       {{"tenant_id", kTenant},
        {"purpose", "'data'"},
        {"handle", BytesOf(16)},
        {"generation", "1"},
        {"wrapped", BytesOf(40)}}},
      {"principals",
       {{"tenant_id", kTenant},
        {"principal_id", "gen_random_uuid()"},
        {"kind", "'human'"},
        {"code", "'a'"},
        {"roles", "'{reviewer}'"}}},
      {"api_keys",
       {{"tenant_id", kTenant},
        {"key_id", "gen_random_uuid()"},
        {"principal_id", kTenant},
        {"secret_hash", BytesOf(32)}}},
      {"revocations", {{"tenant_id", kTenant}, {"revoked_id", "gen_random_uuid()"}}},
      {"limits",
       {{"tenant_id", kTenant},
        {"position", "1"},
        {"amount", "'100'"},
        {"currency", "'eur'"},
        {"confidence", "''"},
        {"authorization_seconds", "900"},
        {"outcome_seconds", "86400"}}},
      {"catalogue",
       {{"tenant_id", kTenant}, {"kind", "'action'"}, {"code", "'pay'"}, {"position", "1"}}},
      {"operator_keys", {{"key_id", "gen_random_uuid()"}, {"secret_hash", BytesOf(32)}}},
      {"heads",
       {{"tenant_id", kTenant},
        {"size", "0"},
        {"root", BytesOf(32)},
        {"chain", BytesOf(32)},
        {"time", "now()"},
        {"range", "''"},
        {"seal", BytesOf(32)}}},
      {"entries",
       {{"tenant_id", kTenant},
        {"position", "0"},
        {"leaf_id", "gen_random_uuid()"},
        {"request_id", "gen_random_uuid()"},
        {"leaf_hash", R"(sha256('\x00'::bytea || '{}'::bytea))"},
        {"chain_hash", BytesOf(32)},
        {"leaf", "'{}'"}}},
      {"tiles",
       {{"tenant_id", kTenant},
        {"level", "0"},
        {"tile_index", "0"},
        {"hashes", BytesOf(8192)},
        {"root", BytesOf(32)}}},
      {"checkpoints", {{"tenant_id", kTenant}, {"size", "0"}, {"note", TextOf(64)}}},
      {"signers", {{"tenant_id", kTenant}, {"process_id", "gen_random_uuid()"}}},
      {"gaps",
       {{"tenant_id", kTenant},
        {"epoch", "gen_random_uuid()"},
        {"first_seq", "1"},
        {"last_seq", "1"},
        {"position", "1"}}},
      {"registry", {{"tenant_id", kTenant}, {"position", "1"}, {"type", "'system'"}}},
      {"cases", {{"tenant_id", kTenant}, {"position", "1"}, {"case_id", "gen_random_uuid()"}}},
      {"erasures", {{"tenant_id", kTenant}, {"position", "1"}, {"wrapper", "1"}}},
      {"erased", {{"tenant_id", kTenant}, {"erasure", "1"}, {"position", "0"}, {"evidence", BytesOf(28)}}},
      {"policy_sets",
       {{"tenant_id", kTenant},
        {"digest", BytesOf(32)},
        {"name", "'refunds'"},
        {"bundle", BytesOf(64)},
        {"position", "1"}}},
      {"searched", {{"tenant_id", kTenant}, {"size", "0"}}},
      {"noted", {{"tenant_id", kTenant}, {"kind", "'read'"}, {"position", "1"}}},
      {"decisions",
       {{"tenant_id", kTenant},
        {"decision_id", "gen_random_uuid()"},
        {"position", "1"},
        {"create_time", "now()"},
        {"update_time", "now()"},
        {"leaf_count", "1"},
        {"terms", "'{}'"}}},
      {"tasks",
       {{"tenant_id", kTenant},
        {"task_id", "gen_random_uuid()"},
        {"kind", "'escalation'"},
        {"queue", "'review'"},
        {"decision_id", "gen_random_uuid()"},
        {"opener", "'bot'"},
        {"create_time", "now()"},
        {"due_time", "now()"},
        {"state", "'open'"},
        {"position", "1"}}},
      {"closed_epochs",
       {{"tenant_id", kTenant},
        {"epoch", "gen_random_uuid()"},
        {"producer", "'bot'"},
        {"count", "0"},
        {"leaf_id", "gen_random_uuid()"},
        {"position", "1"}}},
      {"data_keys",
       {{"tenant_id", kTenant},
        {"handle", BytesOf(16)},
        {"generation", "1"},
        {"wrapped", BytesOf(40)}}},
      {"persons", {{"tenant_id", kTenant}, {"lookup", BytesOf(32)}, {"handle", BytesOf(16)}}},
      {"sealed",
       {{"tenant_id", kTenant},
        {"position", "0"},
        {"handle", BytesOf(16)},
        {"fingerprint", "NULL"},
        {"sections", BytesOf(16)}}},
      {"words",
       {{"tenant_id", kTenant},
        {"word", BytesOf(32)},
        {"position", "0"},
        {"handle", BytesOf(16)},
        {"decision_id", "gen_random_uuid()"}}},
  };
  return rows;
}

struct Wrong {
  std::string table;
  Row change;
  std::string constraint;  // Empty: an end of the range, which is right.
};

// A leaf of another length with its true hash, so that nothing but its length is wrong.
Row Leaf(int length) {
  return {{"leaf", BytesOf(length)},
          {"leaf_hash", R"(sha256('\x00'::bytea || )" + BytesOf(length) + ")"}};
}

std::vector<Wrong> Wrongs() {
  return {
      {"tenants", {{"origin", TextOf(2)}}, "tenants_origin_fits_a_note"},
      {"tenants", {{"origin", TextOf(254)}}, "tenants_origin_fits_a_note"},
      {"tenants", {{"origin", TextOf(253)}}, ""},

      {"tenant_keys", {{"purpose", "'other'"}}, "tenant_keys_purpose_is_known"},
      {"tenant_keys", {{"handle", BytesOf(15)}}, "tenant_keys_handle_is_16_bytes"},
      {"tenant_keys", {{"generation", "0"}}, "tenant_keys_generation_from_one"},
      {"tenant_keys", {{"wrapped", BytesOf(32)}}, "tenant_keys_wrapped_is_rfc3394"},
      {"tenant_keys", {{"number", "0"}}, "tenant_keys_number_from_one"},

      {"principals", {{"kind", "'robot'"}}, "principals_kind_is_known"},
      {"principals", {{"code", "''"}}, "principals_code_is_short"},
      {"principals", {{"code", TextOf(129)}}, "principals_code_is_short"},
      {"principals", {{"code", TextOf(128)}}, ""},
      {"principals", {{"roles", "'{}'"}}, "principals_roles_are_few"},
      {"principals", {{"roles", "'{1,2,3,4,5,6,7,8,9,10}'"}}, "principals_roles_are_few"},

      {"api_keys", {{"secret_hash", BytesOf(31)}}, "api_keys_hash_is_sha256"},
      {"operator_keys", {{"secret_hash", BytesOf(33)}}, "operator_keys_hash_is_sha256"},

      {"limits", {{"amount", TextOf(33)}}, "limits_amount_is_short"},
      {"limits", {{"currency", "'EUR'"}}, "limits_currency_is_iso4217"},
      {"limits", {{"currency", "'euro'"}}, "limits_currency_is_iso4217"},
      {"limits", {{"currency", "''"}}, ""},
      {"limits", {{"confidence", TextOf(33)}}, "limits_confidence_is_short"},
      {"limits", {{"authorization_seconds", "0"}}, "limits_authorization_at_most_a_day"},
      {"limits", {{"authorization_seconds", "86401"}}, "limits_authorization_at_most_a_day"},
      {"limits", {{"outcome_seconds", "0"}}, "limits_outcome_at_most_a_year"},
      {"limits", {{"outcome_seconds", "31622401"}}, "limits_outcome_at_most_a_year"},

      {"catalogue", {{"kind", "''"}}, "catalogue_kind_is_short"},
      {"catalogue", {{"kind", TextOf(33)}}, "catalogue_kind_is_short"},
      {"catalogue", {{"code", "''"}}, "catalogue_code_is_short"},
      {"catalogue", {{"code", TextOf(129)}}, "catalogue_code_is_short"},

      {"heads", {{"size", "-1"}, {"range", BytesOf(32 * 63)}}, "heads_size_from_zero"},
      {"heads", {{"root", BytesOf(31)}}, "heads_root_is_sha256"},
      {"heads", {{"chain", BytesOf(33)}}, "heads_chain_is_sha256"},
      {"heads", {{"signer", "0"}}, "heads_signer_from_one"},
      {"heads", {{"wrapper", "0"}}, "heads_wrapper_from_one"},
      {"heads", {{"seal", BytesOf(31)}}, "heads_seal_is_hmac"},
      {"heads", {{"range", BytesOf(32)}}, "heads_range_is_of_the_size"},
      {"heads", {{"size", "3"}, {"range", BytesOf(32)}}, "heads_range_is_of_the_size"},
      {"heads", {{"size", "3"}, {"range", BytesOf(65)}}, "heads_range_is_of_the_size"},
      {"heads", {{"size", "3"}, {"range", BytesOf(64)}}, ""},
      {"heads", {{"size", "9223372036854775807"}, {"range", BytesOf(32 * 63)}}, ""},

      {"entries", {{"position", "-1"}}, "entries_position_from_zero"},
      {"entries", {{"verdict", "0"}}, "entries_verdict_is_known"},
      {"entries", {{"verdict", "5"}}, "entries_verdict_is_known"},
      {"entries", {{"verdict", "4"}}, ""},
      {"entries", {{"epoch", "gen_random_uuid()"}}, "entries_producer_is_whole"},
      {"entries", {{"seq", "1"}}, "entries_producer_is_whole"},
      {"entries", {{"epoch", "gen_random_uuid()"}, {"seq", "0"}}, "entries_seq_from_one"},
      {"entries", Leaf(1), "entries_leaf_fits_an_entry_bundle"},
      {"entries", Leaf(65536), "entries_leaf_fits_an_entry_bundle"},
      {"entries", Leaf(65535), ""},
      {"entries", {{"chain_hash", BytesOf(31)}}, "entries_chain_hash_is_sha256"},
      {"entries", {{"leaf_hash", BytesOf(32)}}, "entries_leaf_hash_is_of_leaf"},
      {"entries", {{"leaf_hash", "sha256('{}'::bytea)"}}, "entries_leaf_hash_is_of_leaf"},
      {"entries", {{"leaf", "'[]'"}}, "entries_leaf_hash_is_of_leaf"},

      {"tiles", {{"level", "-1"}}, "tiles_level_is_of_64_bits"},
      {"tiles", {{"level", "8"}}, "tiles_level_is_of_64_bits"},
      {"tiles", {{"tile_index", "-1"}}, "tiles_index_from_zero"},
      {"tiles", {{"hashes", BytesOf(8160)}}, "tiles_are_full"},
      {"tiles", {{"hashes", BytesOf(8193)}}, "tiles_are_full"},
      {"tiles", {{"root", BytesOf(31)}}, "tiles_root_is_sha256"},

      {"checkpoints", {{"size", "-1"}}, "checkpoints_size_from_zero"},
      {"checkpoints", {{"note", TextOf(63)}}, "checkpoints_note_is_short"},
      {"checkpoints", {{"note", TextOf(16385)}}, "checkpoints_note_is_short"},

      {"data_keys", {{"handle", BytesOf(17)}}, "data_keys_handle_is_16_bytes"},
      {"data_keys", {{"generation", "0"}}, "data_keys_generation_from_one"},
      {"data_keys", {{"wrapped", BytesOf(41)}}, "data_keys_wrapped_is_rfc3394"},

      {"persons", {{"lookup", BytesOf(31)}}, "persons_lookup_is_hmac"},
      {"persons", {{"handle", BytesOf(15)}}, "persons_handle_is_16_bytes"},

      {"sealed", {{"handle", BytesOf(15)}}, "sealed_handle_is_16_bytes"},
      {"sealed", {{"fingerprint", BytesOf(31)}}, "sealed_fingerprint_is_hmac"},
      {"sealed", {{"sections", BytesOf(1100001)}}, "sealed_sections_fit_a_leaf"},
      {"sealed", {{"sections", BytesOf(1100000)}}, ""},
      {"gaps", {{"first_seq", "0"}}, "gaps_seq_from_one"},
      {"gaps", {{"first_seq", "2"}}, "gaps_are_not_empty"},
      {"closed_epochs", {{"producer", "''"}}, "closed_epochs_producer_is_short"},
      {"closed_epochs", {{"producer", TextOf(129)}}, "closed_epochs_producer_is_short"},
      {"closed_epochs", {{"count", "-1"}}, "closed_epochs_count_from_zero"},
      {"registry", {{"position", "0"}}, "registry_position_from_one"},
      {"registry", {{"type", "''"}}, "registry_type_is_short"},
      {"registry", {{"type", TextOf(33)}}, "registry_type_is_short"},
      {"cases", {{"position", "0"}}, "cases_position_from_one"},
      {"erasures", {{"position", "0"}}, "erasures_position_from_one"},
      {"erasures", {{"wrapper", "0"}}, "erasures_wrapper_from_one"},
      {"erasures", {{"generation", "0"}}, "erasures_generation_from_one"},
      {"erasures", {{"generation", "1"}, {"final_position", "1"}}, "erasures_final_afterwards"},
      {"erasures", {{"final_position", "2"}}, "erasures_final_afterwards"},
      {"erased", {{"position", "-1"}}, "erased_position_from_zero"},
      {"erased", {{"position", "1"}}, "erased_before_the_erasure"},
      {"erased", {{"evidence", BytesOf(27)}}, "erased_evidence_is_sealed"},
      {"erased", {{"evidence", BytesOf(8193)}}, "erased_evidence_is_sealed"},
      {"policy_sets", {{"digest", BytesOf(31)}}, "policy_sets_digest_is_sha256"},
      {"policy_sets", {{"name", "''"}}, "policy_sets_name_is_short"},
      {"policy_sets", {{"name", TextOf(129)}}, "policy_sets_name_is_short"},
      {"policy_sets", {{"bundle", BytesOf(0)}}, "policy_sets_bundle_is_small"},
      {"policy_sets", {{"bundle", BytesOf(1048577)}}, "policy_sets_bundle_is_small"},
      {"words", {{"word", BytesOf(31)}}, "words_word_is_hmac"},
      {"words", {{"position", "-1"}}, "words_position_from_zero"},
      {"words", {{"handle", BytesOf(15)}}, "words_handle_is_16_bytes"},
      {"searched", {{"size", "-1"}}, "searched_size_from_zero"},
      {"noted", {{"position", "0"}}, "noted_position_from_one"},
      {"noted", {{"kind", "''"}}, "noted_kind_is_short"},
      {"noted", {{"kind", TextOf(33)}}, "noted_kind_is_short"},
      {"decisions", {{"position", "-1"}}, "decisions_position_from_zero"},
      {"decisions", {{"leaf_count", "0"}}, "decisions_have_leaves"},
      {"decisions", {{"terms", "array_fill('a'::text, ARRAY[4097])"}}, "decisions_terms_are_few"},
      {"decisions", {{"terms", "array_fill('a'::text, ARRAY[4096])"}}, ""},
      {"tasks", {{"kind", "'chat'"}}, "tasks_kind_is_known"},
      {"tasks", {{"queue", "''"}}, "tasks_queue_is_short"},
      {"tasks", {{"queue", TextOf(129)}}, "tasks_queue_is_short"},
      {"tasks", {{"opener", TextOf(129)}}, "tasks_opener_is_short"},
      {"tasks", {{"opener", "''"}}, ""},
      {"tasks", {{"state", "'claimed'"}, {"settle_time", "now()"}}, "tasks_state_is_known"},
      {"tasks", {{"position", "0"}}, "tasks_position_from_one"},
      {"tasks", {{"resolution", "'maybe'"}}, "tasks_resolution_is_known"},
      {"tasks", {{"state", "'expired'"}}, "tasks_end_is_told"},
      {"tasks", {{"settle_time", "now()"}}, "tasks_end_is_told"},
  };
}

std::string InsertOf(const std::string& table, const Row& row) {
  std::string columns, values;
  for (const auto& [column, value] : row) {
    columns += (columns.empty() ? "" : ", ") + column;
    values += (values.empty() ? "" : ", ") + value;
  }
  return "INSERT INTO " + table + " (" + columns + ") VALUES (" + values + ")";
}

// A migrated database with one tenant and one principal, both called kTenant. Each
// statement is undone, so that the tests do not meet.
class Checks : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Migrate({url_}).ok());
    session_.emplace(url_);
    Row tenant = GoodRows().at("tenants"), principal = GoodRows().at("principals");
    tenant["tenant_id"] = kTenant;
    tenant["origin"] = "'first.example/a'";
    principal["principal_id"] = kTenant;
    principal["code"] = "'first'";
    ASSERT_TRUE(session_->Run(InsertOf("tenants", tenant)).ok());
    ASSERT_TRUE(session_->Run(InsertOf("principals", principal)).ok());
  }

  Answer Try(const std::string& table, const Row& change) {
    Row row = GoodRows().at(table);
    for (const auto& [column, value] : change) row[column] = value;
    session_->Run("BEGIN; SET LOCAL ROLE candor_writer");
    Answer answer = session_->Run(InsertOf(table, row));
    session_->Run("ROLLBACK");
    return answer;
  }

  const std::string url_ = Postgres::Get().Url();
  std::optional<Session> session_;
};

TEST_F(Checks, TakeAGoodRowOfEveryTable) {
  for (const auto& [table, row] : GoodRows()) {
    EXPECT_EQ(Try(table, {}).sqlstate, "") << table;
  }
}

TEST_F(Checks, RefuseEveryWrongValueByTheConstraintThatNamesIt) {
  for (const Wrong& wrong : Wrongs()) {
    const Answer answer = Try(wrong.table, wrong.change);

    const std::string what =
        wrong.table + "." + wrong.change.begin()->first + " = " + wrong.change.begin()->second;
    EXPECT_EQ(answer.constraint, wrong.constraint) << what;
    EXPECT_EQ(answer.sqlstate, wrong.constraint.empty() ? "" : "23514") << what;
  }
}

TEST_F(Checks, AreAllTriedByTheTestAbove) {
  std::set<std::string> tried;
  for (const Wrong& wrong : Wrongs()) tried.insert(wrong.constraint);

  for (const auto& row : session_
                             ->Run("SELECT conname FROM pg_constraint WHERE contype = 'c' "
                                   "AND connamespace = 'public'::regnamespace")
                             .rows) {
    EXPECT_TRUE(tried.contains(row[0])) << row[0] << " is tried by no case";
  }
}

TEST_F(Checks, LetEachRequestLeafIdClosedAuthorizationAndNumberBeUsedOnce) {
  constexpr const char* kId = "'0198c000-0000-7000-8000-000000000002'";
  const std::vector<std::pair<Row, std::string>> twice = {
      {{{"request_id", kId}}, "entries_request_is_one"},
      {{{"leaf_id", kId}}, "entries_leaf_id_is_one"},
      {{{"closes_id", kId}}, "entries_closed_once"},
      {{{"epoch", kId}, {"seq", "7"}}, "entries_seq_is_one"},
      {{{"position", "0"}}, "entries_pk"},
  };
  for (const auto& [change, constraint] : twice) {
    Row first = GoodRows().at("entries");
    Row second = first;
    second["position"] = "1";
    for (const auto& [column, value] : change) first[column] = second[column] = value;

    session_->Run("BEGIN");
    ASSERT_TRUE(session_->Run(InsertOf("entries", first)).ok());
    const Answer answer = session_->Run(InsertOf("entries", second));
    session_->Run("ROLLBACK");

    EXPECT_EQ(answer.sqlstate, "23505") << constraint;
    EXPECT_EQ(answer.constraint, constraint);
  }
}

}  // namespace
}  // namespace candor::store
