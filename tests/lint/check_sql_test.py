#!/usr/bin/env python3
"""check_sql refuses each kind of bad example, and nothing in a good one."""

import unittest

import check_sql
from tree import LintTest

HEADER = """-- V0001: things.
--
-- Writes   nobody.
-- Reads    nobody.
-- Growth   none.
-- Locks    none.
-- Undo     none.

"""
GOOD = """CREATE TABLE things (
    tenant_id uuid   NOT NULL REFERENCES tenants (tenant_id),  -- Whose, if any.
    name      text   NOT NULL,
    hash      bytea,

    CONSTRAINT things_pk               PRIMARY KEY (tenant_id, name),
    CONSTRAINT things_name_is_short    CHECK (octet_length(name) BETWEEN 1 AND 32),
    CONSTRAINT things_hash_is_sha256   CHECK (octet_length(hash) = 32)
);
CREATE UNIQUE INDEX things_hash_is_one ON things (tenant_id, hash);
COMMENT ON TABLE  things           IS 'Things, the tenant''s; no trigger.';
COMMENT ON COLUMN things.tenant_id IS 'Whose.';
COMMENT ON COLUMN things.name      IS 'What it is called.';
COMMENT ON COLUMN things.hash      IS 'SHA-256.';
"""
PATH = "schema/migrations/V0001__things.sql"
CODE = "services/store/postgres/a.cc"


class CheckSqlTest(LintTest):
    check = staticmethod(check_sql.check)

    def assert_migration(self, text: str, *beginnings: str) -> None:
        self.assert_finds({PATH: HEADER + text}, *[f"{PATH}:{beginning}" for beginning in beginnings])

    def test_finds_nothing_in_a_good_migration(self) -> None:
        self.assert_migration(GOOD)

    def test_refuses_a_migration_without_its_header_or_number(self) -> None:
        self.assert_finds(
            {"schema/migrations/V0002__things.sql": GOOD},
            "schema/migrations/V0002__things.sql:1: is number 1 of its folder",
            "schema/migrations/V0002__things.sql:1: its header has no line `-- Growth`",
            "schema/migrations/V0002__things.sql:1: its header has no line `-- Locks`",
            "schema/migrations/V0002__things.sql:1: its header has no line `-- Reads`",
            "schema/migrations/V0002__things.sql:1: its header has no line `-- Undo`",
            "schema/migrations/V0002__things.sql:1: its header has no line `-- Writes`",
            "schema/migrations/V0002__things.sql:1: says not what it adds",
        )

    def test_refuses_a_table_and_a_column_without_a_comment(self) -> None:
        text = GOOD.replace("COMMENT ON TABLE  things ", "-- ").replace("COMMENT ON COLUMN things.name ", "-- ")
        self.assert_migration(text, "9: says not what things is", "11: says not what things.name is")

    def test_refuses_an_empty_comment(self) -> None:
        self.assert_migration(GOOD.replace("'SHA-256.'", "''"), "12: says not what things.hash is")

    def test_refuses_constraints_that_say_nothing(self) -> None:
        self.assert_migration(GOOD.replace("things_name_is_short", "name_short"), "15: name_short says not what holds")
        self.assert_migration(GOOD.replace("things_name_is_short", "things_check"), "15: things_check says not what holds")
        self.assert_migration(GOOD.replace("CONSTRAINT things_name_is_short", ""), "11: things.name may be", "15: a constraint without a name")
        self.assert_migration(GOOD.replace("text   NOT NULL", "text   UNIQUE"), "11: a constraint within name")

    def test_refuses_texts_and_digests_of_any_length(self) -> None:
        text = GOOD.replace("CHECK (octet_length(hash) = 32)", "CHECK (hash IS NOT NULL)")
        self.assert_migration(text, "12: things.hash may be of any length")

    def test_refuses_a_column_that_is_added_without_its_limit(self) -> None:
        text = GOOD + "ALTER TABLE things ADD COLUMN more text;\n"
        self.assert_migration(text, "23: says not what things.more is", "23: things.more may be of any length")

    def test_refuses_keys_without_the_tenant(self) -> None:
        self.assert_migration(GOOD.replace("(tenant_id, name)", "(name)"), "14: things_pk holds no tenant_id")
        self.assert_migration(GOOD.replace("(tenant_id, hash)", "(hash)"), "18: things_hash_is_one holds no tenant_id")

    def test_refuses_a_table_without_a_tenant(self) -> None:
        text = GOOD.replace("    tenant_id uuid   NOT NULL REFERENCES tenants (tenant_id),  -- Whose, if any.\n", "")
        self.assert_migration(text.replace("tenant_id, ", ""), "9: things has no tenant_id")

    def test_refuses_what_a_distributed_cluster_has_not(self) -> None:
        for bad in (
            "CREATE TRIGGER t BEFORE INSERT ON things EXECUTE FUNCTION f();",
            "CREATE SEQUENCE s;",
            "CREATE TABLE a (id bigserial);",
            "SELECT pg_advisory_xact_lock(1);",
            "LISTEN a;",
            "NOTIFY a;",
        ):
            with self.subTest(bad):
                self.assertTrue(any("take it out" in found for found in self.findings({PATH: HEADER + bad + "\n"})))

    def test_finds_nothing_in_sql_with_parameters(self) -> None:
        self.assert_finds({CODE: 'work.exec_params("SELECT a FROM b "\n   "WHERE c = $1", StrCat(x, "a") + "b");'})

    def test_refuses_sql_that_is_joined_with_a_value(self) -> None:
        for bad in (
            'exec("SELECT a FROM b WHERE c = " + value);',
            'exec(absl::StrCat("SELECT a FROM b WHERE c = ", value));',
            'exec(prefix + "SELECT a");',
            'exec(absl::StrFormat(R"sql(\nSELECT a FROM %s)sql", value));',
        ):
            with self.subTest(bad):
                self.assert_finds({CODE: bad}, f"{CODE}:1: SQL is joined with a value")

    def test_refuses_sql_outside_of_the_store(self) -> None:
        self.assert_finds({"services/flow/a.cc": 'Run("DELETE FROM entries");'}, "services/flow/a.cc:1: SQL outside of")

    def test_refuses_locks_and_notices_in_services(self) -> None:
        self.assert_finds(
            {CODE: 'exec("SELECT pg_advisory_lock(1)");\nexec("LISTEN heads");'},
            f"{CODE}:1: `pg_advisory_lock`: correctness",
            f"{CODE}:2: `LISTEN`: correctness",
        )

    def test_refuses_offset(self) -> None:
        self.assert_finds({CODE: 'exec("SELECT a FROM b OFFSET 5");'}, f"{CODE}:1: OFFSET reads what it skips")


if __name__ == "__main__":
    unittest.main()
