-- V0005: an auditor sees who may call; a head says that a server of the ledger made it.
--
-- Writes   role candor_writer, as before.
-- Reads    role candor_auditor: who may call, to hold it against the leaves; never the hash
--          of a secret.
-- Growth   32 bytes a ledger.
-- Locks    heads and three small tables, for as long as a catalogue takes to change. Stop
--          all servers of an older program first: they make no seals.
-- Undo     none: migrations only go forward.

GRANT SELECT ON principals, revocations TO candor_auditor;
GRANT SELECT (tenant_id, key_id, principal_id, expire_time) ON api_keys TO candor_auditor;

ALTER TABLE heads ADD COLUMN seal bytea NOT NULL DEFAULT '';
ALTER TABLE heads ALTER COLUMN seal DROP DEFAULT;
ALTER TABLE heads ADD CONSTRAINT heads_seal_is_hmac CHECK (octet_length(seal) = 32) NOT VALID;
COMMENT ON COLUMN heads.seal IS 'HMAC-SHA-256 of the row under a key that no database holds: only a server of this ledger can move its head.';
