-- V0012: what decisions are found and counted by.
--
-- Writes   role candor_writer: INSERT and UPDATE, by whoever reads the ledger on for searches; no append
--          touches these tables.
-- Reads    roles candor_writer, candor_reader and candor_auditor.
-- Growth   a row of about 1 KiB for each decision, of which half is its index; less for leaves of other lists.
-- Locks    none on tables that exist already; safe while the service runs.
-- Undo     none: migrations only go forward. All of them may be emptied, searched first: they are filled anew.

CREATE TABLE searched (
    tenant_id uuid   NOT NULL REFERENCES tenants (tenant_id),
    size      bigint NOT NULL,

    CONSTRAINT searched_pk             PRIMARY KEY (tenant_id),
    CONSTRAINT searched_size_from_zero CHECK (size >= 0)
);
COMMENT ON TABLE  searched           IS 'How far each ledger was read on for searches. Its row is locked by whoever does.';
COMMENT ON COLUMN searched.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN searched.size      IS 'All leaves below this position count in decisions.';

CREATE TABLE decisions (
    tenant_id   uuid        NOT NULL REFERENCES tenants (tenant_id),
    decision_id uuid        NOT NULL,
    position    bigint      NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    leaf_count  integer     NOT NULL,
    amount      numeric,
    confidence  numeric,
    cost        numeric,
    terms       text[]      NOT NULL,

    CONSTRAINT decisions_pk                 PRIMARY KEY (tenant_id, decision_id),
    CONSTRAINT decisions_position_from_zero CHECK (position >= 0),
    CONSTRAINT decisions_have_leaves        CHECK (leaf_count >= 1),
    CONSTRAINT decisions_terms_are_few      CHECK (cardinality(terms) <= 4096)
);
COMMENT ON TABLE  decisions             IS 'What decisions are found and counted by. All of it is folded from leaves, and counts for nothing without them. No personal data: a person is found through what is sealed under their key.';
COMMENT ON COLUMN decisions.tenant_id   IS 'Whose ledger.';
COMMENT ON COLUMN decisions.decision_id IS 'Member decision of its leaves.';
COMMENT ON COLUMN decisions.position    IS 'Position of its first leaf; lists go by it.';
COMMENT ON COLUMN decisions.create_time IS 'Time of its first leaf.';
COMMENT ON COLUMN decisions.update_time IS 'Time of its last leaf.';
COMMENT ON COLUMN decisions.leaf_count  IS 'How many leaves it has, up to 1,000.';
COMMENT ON COLUMN decisions.amount      IS 'Fact amount of its newest leaf that has one.';
COMMENT ON COLUMN decisions.confidence  IS 'Fact confidence, likewise.';
COMMENT ON COLUMN decisions.cost        IS 'Fact cost, likewise.';
COMMENT ON COLUMN decisions.terms       IS 'What holds of it, as field=value: see docs/guides/search.md. Sorted.';

CREATE TABLE noted (
    tenant_id uuid   NOT NULL REFERENCES tenants (tenant_id),
    kind      text   NOT NULL,
    position  bigint NOT NULL,

    CONSTRAINT noted_pk                PRIMARY KEY (tenant_id, kind, position),
    CONSTRAINT noted_kind_is_short     CHECK (octet_length(kind) BETWEEN 1 AND 32),
    CONSTRAINT noted_position_from_one CHECK (position >= 1)
);
COMMENT ON TABLE  noted           IS 'Leaves that lists are made of: readings of personal data, what is missing, records against their verdict.';
COMMENT ON COLUMN noted.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN noted.kind      IS 'In which list: read, gap, outcome_missing, unauthorized, against_verdict, …';
COMMENT ON COLUMN noted.position  IS 'Position of the leaf.';

CREATE UNIQUE INDEX decisions_by_position ON decisions (tenant_id, position);
CREATE INDEX        decisions_by_terms    ON decisions USING gin (terms);

GRANT SELECT, INSERT, UPDATE ON searched, decisions TO candor_writer;
GRANT SELECT, INSERT         ON noted TO candor_writer;
GRANT SELECT                 ON searched, decisions, noted TO candor_reader, candor_auditor;
