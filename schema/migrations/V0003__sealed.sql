-- V0003: what may hold personal data: sealed sections, and the keys that open them.
--
-- Writes   role candor_writer, INSERT only. Role candor_eraser may DELETE, nothing else.
-- Reads    roles candor_writer and candor_reader.
-- Growth   about 1 KiB a leaf; a key for each person.
-- Locks    none on tables that exist already; safe while the service runs.
-- Keys     no foreign keys: the service writes here only under the locked head row of
--          a tenant, and a key check a row would cost more than the row.
-- Undo     none: migrations only go forward.

CREATE TABLE data_keys (
    tenant_id  uuid   NOT NULL,
    handle     bytea  NOT NULL,
    generation bigint NOT NULL,
    wrapped    bytea  NOT NULL,

    CONSTRAINT data_keys_pk                  PRIMARY KEY (tenant_id, handle),
    CONSTRAINT data_keys_handle_is_16_bytes  CHECK (octet_length(handle) = 16),
    CONSTRAINT data_keys_generation_from_one CHECK (generation >= 1),
    CONSTRAINT data_keys_wrapped_is_rfc3394  CHECK (octet_length(wrapped) = 40)
);
COMMENT ON TABLE  data_keys            IS 'One key a person, wrapped under the tenant''s. Deleting a row shreds all that it sealed.';
COMMENT ON COLUMN data_keys.tenant_id  IS 'Whose.';
COMMENT ON COLUMN data_keys.handle     IS '16 random bytes; never derived from who the person is.';
COMMENT ON COLUMN data_keys.generation IS 'Generation of the tenant''s key that wraps it.';
COMMENT ON COLUMN data_keys.wrapped    IS 'AES-256-KW, RFC 3394; 40 bytes.';

CREATE TABLE persons (
    tenant_id uuid  NOT NULL,
    lookup    bytea NOT NULL,
    handle    bytea NOT NULL,

    CONSTRAINT persons_pk                 PRIMARY KEY (tenant_id, lookup),
    CONSTRAINT persons_lookup_is_hmac     CHECK (octet_length(lookup) = 32),
    CONSTRAINT persons_handle_is_16_bytes CHECK (octet_length(handle) = 16)
);
COMMENT ON TABLE  persons           IS 'From a person to the handle of their key. Deleted with the key.';
COMMENT ON COLUMN persons.tenant_id IS 'Whose.';
COMMENT ON COLUMN persons.lookup    IS 'HMAC-SHA-256 of the reference under the tenant''s lookup key.';
COMMENT ON COLUMN persons.handle    IS 'Names the row of data_keys.';

CREATE TABLE sealed (
    tenant_id   uuid   NOT NULL,
    position    bigint NOT NULL,
    handle      bytea  NOT NULL,
    fingerprint bytea,
    sections    bytea  NOT NULL,

    CONSTRAINT sealed_pk                     PRIMARY KEY (tenant_id, position, handle),
    CONSTRAINT sealed_handle_is_16_bytes     CHECK (octet_length(handle) = 16),
    CONSTRAINT sealed_fingerprint_is_hmac    CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT sealed_sections_fit_a_leaf    CHECK (octet_length(sections) <= 1100000)
);
ALTER TABLE sealed ALTER COLUMN sections SET STORAGE EXTERNAL;
CREATE INDEX sealed_of_a_person ON sealed (tenant_id, handle, position);
COMMENT ON TABLE  sealed             IS 'Sealed sections: one row for all sections of a leaf under one key.';
COMMENT ON COLUMN sealed.tenant_id   IS 'Whose.';
COMMENT ON COLUMN sealed.position    IS 'Position of the leaf that commits to them.';
COMMENT ON COLUMN sealed.handle      IS 'Names the row of data_keys that opens them.';
COMMENT ON COLUMN sealed.fingerprint IS 'Keyed hash of the request, to tell a repetition from another content; on one row of a leaf.';
COMMENT ON COLUMN sealed.sections    IS 'For each section: 1 byte length of name, name, 4 bytes length, nonce || ciphertext || tag.';

GRANT SELECT, INSERT ON data_keys, persons, sealed TO candor_writer;
GRANT SELECT         ON data_keys, persons, sealed TO candor_reader;
GRANT SELECT, DELETE ON data_keys, persons, sealed TO candor_eraser;
