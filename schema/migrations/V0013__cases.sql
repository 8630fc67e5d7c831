-- V0013: what persons asked for.
--
-- Writes   role candor_writer, INSERT only, with the leaf that it names.
-- Reads    roles candor_writer and candor_reader; candor_auditor how many there are.
-- Growth   a row for each request of a person, and for each step of it.
-- Locks    none on tables that exist already; safe while the service runs.
-- Undo     none: migrations only go forward.

CREATE TABLE cases (
    tenant_id uuid   NOT NULL,
    position  bigint NOT NULL,

    CONSTRAINT cases_pk                PRIMARY KEY (tenant_id, position),
    CONSTRAINT cases_position_from_one CHECK (position >= 1)
);
COMMENT ON TABLE  cases           IS 'Leaves of cases: what persons asked for, and what became of it. Whose they are is sealed.';
COMMENT ON COLUMN cases.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN cases.position  IS 'Position of the leaf.';

GRANT SELECT, INSERT ON cases TO candor_writer;
GRANT SELECT         ON cases TO candor_reader, candor_auditor;
