-- V0011: what was erased, and what proves it.
--
-- Writes   role candor_writer, INSERT only, with the leaf that says it; what is destroyed is
--          deleted by role candor_eraser in the same transaction.
-- Reads    roles candor_writer and candor_reader; candor_auditor which erasures there were.
-- Growth   a row for each erasure, and 60 bytes and 50 a section for each leaf that lost some.
-- Locks    none on tables that exist already; safe while the service runs.
--          Stop all servers of an older program first: they know no erased leaf.
-- Undo     none: migrations only go forward.

CREATE TABLE erasures (
    tenant_id uuid   NOT NULL,
    position  bigint NOT NULL,
    wrapper   bigint NOT NULL,

    CONSTRAINT erasures_pk                PRIMARY KEY (tenant_id, position),
    CONSTRAINT erasures_position_from_one CHECK (position >= 1),
    CONSTRAINT erasures_wrapper_from_one  CHECK (wrapper >= 1)
);
COMMENT ON TABLE  erasures           IS 'Erasures of persons. Whom they were of is nowhere.';
COMMENT ON COLUMN erasures.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN erasures.position  IS 'Position of the leaf that says it.';
COMMENT ON COLUMN erasures.wrapper   IS 'Number of the tenant''s key that wrapped the destroyed one, at most.';

CREATE TABLE erased (
    tenant_id uuid   NOT NULL,
    erasure   bigint NOT NULL,
    position  bigint NOT NULL,
    evidence  bytea  NOT NULL,

    CONSTRAINT erased_pk                  PRIMARY KEY (tenant_id, position, erasure),
    CONSTRAINT erased_position_from_zero  CHECK (position >= 0),
    CONSTRAINT erased_before_the_erasure  CHECK (position < erasure),
    CONSTRAINT erased_evidence_is_sealed  CHECK (octet_length(evidence) BETWEEN 28 AND 8192)
);
CREATE INDEX erased_by_an_erasure ON erased (tenant_id, erasure, position);
COMMENT ON TABLE  erased           IS 'Leaves that lost sealed sections, and what proves which.';
COMMENT ON COLUMN erased.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN erased.erasure   IS 'Position of the erasure leaf.';
COMMENT ON COLUMN erased.position  IS 'Position of the leaf whose sections were destroyed.';
COMMENT ON COLUMN erased.evidence  IS 'For each section: 1 byte length of name, name, 32 bytes k; sealed under the tenant''s key for evidence.';

GRANT SELECT, INSERT ON erasures, erased TO candor_writer;
GRANT SELECT         ON erasures, erased TO candor_reader;
GRANT SELECT         ON erasures         TO candor_auditor;
