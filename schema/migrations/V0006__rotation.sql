-- V0006: keys that change.
--
-- Writes   role candor_writer: INSERT into tenant_keys, UPDATE of heads with the leaf that
--          says it; role candor_eraser: UPDATE of what wraps a key, and DELETE.
-- Reads    as before.
-- Growth   a row of tenant_keys for each change of a tenant's keys.
-- Locks    tenant_keys and heads, for as long as a catalogue takes to change.
--          Stop all servers of an older program first: they know nothing of the new columns.
-- Undo     none: migrations only go forward.

ALTER TABLE tenant_keys ADD COLUMN number bigint NOT NULL DEFAULT 1;
ALTER TABLE tenant_keys ADD CONSTRAINT tenant_keys_number_from_one CHECK (number >= 1);
ALTER TABLE tenant_keys DROP CONSTRAINT tenant_keys_pk;
ALTER TABLE tenant_keys ADD CONSTRAINT tenant_keys_pk PRIMARY KEY (tenant_id, purpose, number);
COMMENT ON COLUMN tenant_keys.number IS 'Which key of its purpose, from one: each is a new random key, never an old one wrapped again.';

ALTER TABLE tenant_keys ADD COLUMN leaf_id uuid;
COMMENT ON COLUMN tenant_keys.leaf_id IS 'Leaf that brought it; none did the first.';

ALTER TABLE heads ADD COLUMN signer bigint NOT NULL DEFAULT 1;
ALTER TABLE heads ADD CONSTRAINT heads_signer_from_one CHECK (signer >= 1);
COMMENT ON COLUMN heads.signer IS 'Number of the key that signs this size.';

ALTER TABLE heads ADD COLUMN wrapper bigint NOT NULL DEFAULT 1;
ALTER TABLE heads ADD CONSTRAINT heads_wrapper_from_one CHECK (wrapper >= 1);
COMMENT ON COLUMN heads.wrapper IS 'Number of the key that wraps new keys of persons.';

GRANT UPDATE (generation, wrapped) ON tenant_keys, data_keys TO candor_eraser;
