-- V0002: the ledger: one row a leaf, written once and never changed; its head; its tiles.
--
-- Writes   role candor_writer: INSERT into entries and tiles, UPDATE of heads and
--          checkpoints, which only ever move forward.
-- Reads    roles candor_writer, candor_reader and candor_auditor.
-- Growth   about 1.2 KiB a leaf, 8 KiB a tile of 256 leaves.
-- Locks    none on tables that exist already; safe while the service runs.
-- Keys     no foreign keys: the service writes here only under the locked head row of
--          a tenant, and a key check a row would cost more than the row.
-- Undo     none: migrations only go forward.

CREATE TABLE heads (
    tenant_id uuid        NOT NULL,
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    chain     bytea       NOT NULL,
    time      timestamptz NOT NULL,
    range     bytea       NOT NULL,

    CONSTRAINT heads_pk                       PRIMARY KEY (tenant_id),
    CONSTRAINT heads_size_from_zero           CHECK (size >= 0),
    CONSTRAINT heads_root_is_sha256           CHECK (octet_length(root) = 32),
    CONSTRAINT heads_chain_is_sha256          CHECK (octet_length(chain) = 32),
    CONSTRAINT heads_range_is_of_the_size     CHECK (octet_length(range) = 32 * length(replace(size::bit(63)::text, '0', '')))
) WITH (fillfactor = 10);
COMMENT ON TABLE  heads           IS 'The end of each ledger. Its row is locked by every append, before all else.';
COMMENT ON COLUMN heads.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN heads.size      IS 'Number of leaves.';
COMMENT ON COLUMN heads.root      IS 'RFC 6962 root over all leaves; 32 bytes.';
COMMENT ON COLUMN heads.chain     IS 'Chain value of the last leaf, or the start of the chain; 32 bytes.';
COMMENT ON COLUMN heads.time      IS 'Time of the last leaf; never decreases.';
COMMENT ON COLUMN heads.range     IS 'Roots of the maximal full subtrees, largest first; 32 bytes each.';

CREATE TABLE entries (
    tenant_id   uuid        NOT NULL,
    position    bigint      NOT NULL,
    leaf_id     uuid        NOT NULL,
    request_id  uuid        NOT NULL,
    decision_id uuid,
    closes_id   uuid,
    verdict     smallint,
    expire_time timestamptz,
    due_time    timestamptz,
    epoch       uuid,
    seq         bigint,
    leaf_hash   bytea       NOT NULL,
    chain_hash  bytea       NOT NULL,
    leaf        bytea       NOT NULL,

    CONSTRAINT entries_pk                         PRIMARY KEY (tenant_id, position),
    CONSTRAINT entries_position_from_zero         CHECK (position >= 0),
    CONSTRAINT entries_verdict_is_known           CHECK (verdict BETWEEN 1 AND 4),
    CONSTRAINT entries_producer_is_whole          CHECK ((epoch IS NULL) = (seq IS NULL)),
    CONSTRAINT entries_seq_from_one               CHECK (seq >= 1),
    CONSTRAINT entries_leaf_fits_an_entry_bundle  CHECK (octet_length(leaf) BETWEEN 2 AND 65535),
    CONSTRAINT entries_chain_hash_is_sha256       CHECK (octet_length(chain_hash) = 32),
    -- The database recomputes what the service claims: RFC 6962, section 2.1.
    CONSTRAINT entries_leaf_hash_is_of_leaf       CHECK (leaf_hash = sha256('\x00'::bytea || leaf))
);
ALTER TABLE entries ALTER COLUMN leaf SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX entries_request_is_one    ON entries (tenant_id, request_id);
CREATE UNIQUE INDEX entries_leaf_id_is_one    ON entries (tenant_id, leaf_id);
CREATE UNIQUE INDEX entries_closed_once       ON entries (tenant_id, closes_id)  WHERE closes_id IS NOT NULL;
CREATE UNIQUE INDEX entries_seq_is_one        ON entries (tenant_id, epoch, seq) WHERE epoch IS NOT NULL;
CREATE INDEX        entries_of_a_decision     ON entries (tenant_id, decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX        entries_waiting_by_time   ON entries (tenant_id, due_time)   WHERE due_time IS NOT NULL;

COMMENT ON TABLE  entries             IS 'The ledger. Append-only by its grants. Every column but the two hashes repeats a member of the leaf.';
COMMENT ON COLUMN entries.tenant_id   IS 'Whose ledger.';
COMMENT ON COLUMN entries.position    IS 'Zero-based; contiguous within a ledger.';
COMMENT ON COLUMN entries.leaf_id     IS 'Member id of the leaf.';
COMMENT ON COLUMN entries.request_id  IS 'Member request of the leaf: makes a repetition harmless for ever.';
COMMENT ON COLUMN entries.decision_id IS 'Member decision of the leaf.';
COMMENT ON COLUMN entries.closes_id   IS 'Fact authorization of an outcome or cancellation, unless the leaf is marked unauthorized: each is closed once.';
COMMENT ON COLUMN entries.verdict     IS 'Fact verdict of an authorization: 1 allow, 2 transform, 3 escalate, 4 deny.';
COMMENT ON COLUMN entries.expire_time IS 'Fact expires of an authorization: when it can be used no longer.';
COMMENT ON COLUMN entries.due_time    IS 'Fact outcome_due of an authorization: when a missing outcome becomes a leaf.';
COMMENT ON COLUMN entries.epoch       IS 'Member producer.epoch of the leaf.';
COMMENT ON COLUMN entries.seq         IS 'Member producer.seq of the leaf; from one.';
COMMENT ON COLUMN entries.leaf_hash   IS 'SHA-256(0x00 || leaf), 32 bytes.';
COMMENT ON COLUMN entries.chain_hash  IS 'SHA-256(0x02 || chain_hash of the position before || leaf_hash), 32 bytes.';
COMMENT ON COLUMN entries.leaf        IS 'Canonical bytes, RFC 8785. Personal data only as commitments.';

CREATE TABLE tiles (
    tenant_id  uuid     NOT NULL,
    level      smallint NOT NULL,
    tile_index bigint   NOT NULL,
    hashes     bytea    NOT NULL,
    root       bytea    NOT NULL,

    CONSTRAINT tiles_pk                    PRIMARY KEY (tenant_id, level, tile_index),
    CONSTRAINT tiles_level_is_of_64_bits   CHECK (level BETWEEN 0 AND 7),
    CONSTRAINT tiles_index_from_zero       CHECK (tile_index >= 0),
    CONSTRAINT tiles_are_full              CHECK (octet_length(hashes) = 8192),
    CONSTRAINT tiles_root_is_sha256        CHECK (octet_length(root) = 32)
);
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
COMMENT ON TABLE  tiles            IS 'Full hash tiles, C2SP tlog-tiles; only ever inserted. Open tiles are read from entries.';
COMMENT ON COLUMN tiles.tenant_id  IS 'Whose ledger.';
COMMENT ON COLUMN tiles.level      IS '0: leaf hashes; above: roots of the full tiles below.';
COMMENT ON COLUMN tiles.tile_index IS 'Zero-based within its level.';
COMMENT ON COLUMN tiles.hashes     IS '256 hashes of 32 bytes.';
COMMENT ON COLUMN tiles.root       IS 'Root over the 256 hashes.';

CREATE TABLE checkpoints (
    tenant_id uuid   NOT NULL,
    size      bigint NOT NULL,
    note      text   NOT NULL,

    CONSTRAINT checkpoints_pk               PRIMARY KEY (tenant_id),
    CONSTRAINT checkpoints_size_from_zero   CHECK (size >= 0),
    CONSTRAINT checkpoints_note_is_short    CHECK (octet_length(note) BETWEEN 64 AND 16384)
) WITH (fillfactor = 10);
COMMENT ON TABLE  checkpoints           IS 'The published checkpoint of each ledger; moved forward by compare-and-swap.';
COMMENT ON COLUMN checkpoints.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN checkpoints.size      IS 'Number of leaves that it covers.';
COMMENT ON COLUMN checkpoints.note      IS 'The signed note, C2SP tlog-checkpoint.';

CREATE TABLE signers (
    tenant_id  uuid NOT NULL,
    process_id uuid NOT NULL,

    CONSTRAINT signers_pk PRIMARY KEY (tenant_id, process_id)
);
COMMENT ON TABLE  signers            IS 'The processes that may have signed a checkpoint of a ledger: their marks are wanted before anyone signs again.';
COMMENT ON COLUMN signers.tenant_id  IS 'Whose ledger.';
COMMENT ON COLUMN signers.process_id IS 'Name of the mark that the process keeps outside the database.';

GRANT SELECT, INSERT         ON entries, tiles, signers TO candor_writer;
GRANT SELECT, INSERT, UPDATE ON heads, checkpoints      TO candor_writer;
GRANT SELECT ON heads, entries, tiles, checkpoints, signers TO candor_reader, candor_auditor;
