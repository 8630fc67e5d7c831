-- V0009: policy sets, as they were registered.
--
-- Writes   role candor_writer, INSERT only, with the leaf that says it.
-- Reads    roles candor_writer, candor_reader and candor_auditor.
-- Growth   a row of at most 1 MiB for each set.
-- Locks    none on tables that exist already; safe while the service runs.
-- Undo     none: migrations only go forward.

CREATE TABLE policy_sets (
    tenant_id uuid   NOT NULL,
    digest    bytea  NOT NULL,
    name      text   NOT NULL,
    bundle    bytea  NOT NULL,
    position  bigint NOT NULL,

    CONSTRAINT policy_sets_pk                  PRIMARY KEY (tenant_id, digest),
    CONSTRAINT policy_sets_digest_is_sha256    CHECK (octet_length(digest) = 32),
    CONSTRAINT policy_sets_name_is_short       CHECK (octet_length(name) BETWEEN 1 AND 128),
    CONSTRAINT policy_sets_bundle_is_small     CHECK (octet_length(bundle) BETWEEN 1 AND 1048576)
);
COMMENT ON TABLE  policy_sets           IS 'Policy sets as they were registered. Kept for ever: leaves name them by digest.';
COMMENT ON COLUMN policy_sets.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN policy_sets.digest    IS 'What the set is called by: SHA-256 over the list of its files.';
COMMENT ON COLUMN policy_sets.name      IS 'Its name, a code.';
COMMENT ON COLUMN policy_sets.bundle    IS 'The set itself, a gzipped tar archive, byte by byte as it came.';
COMMENT ON COLUMN policy_sets.position  IS 'Position of the leaf that registered it.';

GRANT SELECT, INSERT ON policy_sets TO candor_writer;
GRANT SELECT         ON policy_sets TO candor_reader, candor_auditor;
