-- V0015: words that decisions are found by though they are sealed.
--
-- Writes   role candor_writer, INSERT only, by whoever reads the ledger on for searches. Role candor_eraser may DELETE.
-- Reads    roles candor_writer and candor_reader.
-- Growth   about 250 bytes for each conversation or datum of a leaf.
-- Locks    searched, decisions and noted, for a moment. They are filled anew, as servers read on.
-- Keys     a word ends with the key that seals it: the foreign key is looked at when a transaction ends, so an erasure
--          and one that reads on, at the same time, leave none behind.
-- Undo     none: migrations only go forward. May be emptied with searched: it is filled anew.

CREATE TABLE words (
    tenant_id   uuid   NOT NULL,
    word        bytea  NOT NULL,
    position    bigint NOT NULL,
    handle      bytea  NOT NULL,
    decision_id uuid   NOT NULL,

    CONSTRAINT words_pk                 PRIMARY KEY (tenant_id, word, position, handle),
    CONSTRAINT words_end_with_their_key FOREIGN KEY (tenant_id, handle) REFERENCES data_keys (tenant_id, handle)
                                        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT words_word_is_hmac       CHECK (octet_length(word) = 32),
    CONSTRAINT words_position_from_zero CHECK (position >= 0),
    CONSTRAINT words_handle_is_16_bytes CHECK (octet_length(handle) = 16)
);
CREATE INDEX words_under_a_key ON words (tenant_id, handle);
COMMENT ON TABLE  words             IS 'Keyed digests of what is sealed and searched for: conversations and data. Counts for nothing without the leaves.';
COMMENT ON COLUMN words.tenant_id   IS 'Whose ledger.';
COMMENT ON COLUMN words.word        IS 'HMAC of the text, under a key for its kind that follows from the lookup key of the tenant.';
COMMENT ON COLUMN words.position    IS 'Position of the leaf that holds it.';
COMMENT ON COLUMN words.handle      IS 'The key that seals it there. An erasure deletes both.';
COMMENT ON COLUMN words.decision_id IS 'Member decision of that leaf.';

TRUNCATE searched, decisions, noted;

GRANT SELECT, INSERT ON words TO candor_writer;
GRANT SELECT         ON words TO candor_reader;
GRANT SELECT, DELETE ON words TO candor_eraser;
