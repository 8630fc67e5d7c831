-- V0004: what is known to be missing of what producers numbered.
--
-- Writes   role candor_writer, INSERT only, with the leaf that says it.
-- Reads    roles candor_writer, candor_reader and candor_auditor.
-- Growth   a row for each gap and for each start of a producer that was closed.
-- Locks    none on tables that exist already; safe while the service runs.
-- Undo     none: migrations only go forward.

CREATE TABLE gaps (
    tenant_id uuid   NOT NULL,
    epoch     uuid   NOT NULL,
    first_seq bigint NOT NULL,
    last_seq  bigint NOT NULL,
    position  bigint NOT NULL,

    CONSTRAINT gaps_pk              PRIMARY KEY (tenant_id, epoch, first_seq),
    CONSTRAINT gaps_seq_from_one    CHECK (first_seq >= 1),
    CONSTRAINT gaps_are_not_empty   CHECK (last_seq >= first_seq)
);
COMMENT ON TABLE  gaps           IS 'Ranges of producers'' numbers that a leaf named as missing. A number that comes later is marked late.';
COMMENT ON COLUMN gaps.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN gaps.epoch     IS 'Which start of a producer.';
COMMENT ON COLUMN gaps.first_seq IS 'First missing number.';
COMMENT ON COLUMN gaps.last_seq  IS 'Last missing number; ranges of an epoch do not overlap.';
COMMENT ON COLUMN gaps.position  IS 'Position of the leaf that names it.';

CREATE TABLE closed_epochs (
    tenant_id uuid   NOT NULL,
    epoch     uuid   NOT NULL,
    producer  text   NOT NULL,
    count     bigint NOT NULL,
    leaf_id   uuid   NOT NULL,
    position  bigint NOT NULL,

    CONSTRAINT closed_epochs_pk                PRIMARY KEY (tenant_id, epoch),
    CONSTRAINT closed_epochs_producer_is_short CHECK (octet_length(producer) BETWEEN 1 AND 128),
    CONSTRAINT closed_epochs_count_from_zero   CHECK (count >= 0)
);
COMMENT ON TABLE  closed_epochs           IS 'Starts of producers that ended with a count of their calls.';
COMMENT ON COLUMN closed_epochs.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN closed_epochs.epoch     IS 'Which start of a producer.';
COMMENT ON COLUMN closed_epochs.producer  IS 'Code of the producer.';
COMMENT ON COLUMN closed_epochs.count     IS 'How many calls it made: its last number.';
COMMENT ON COLUMN closed_epochs.leaf_id   IS 'Leaf that closed it.';
COMMENT ON COLUMN closed_epochs.position  IS 'Position of that leaf.';

GRANT SELECT, INSERT ON gaps, closed_epochs TO candor_writer;
GRANT SELECT         ON gaps, closed_epochs TO candor_reader, candor_auditor;
