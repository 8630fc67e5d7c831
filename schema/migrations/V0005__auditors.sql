-- V0005: an auditor sees who may call, to hold it against the leaves; never a secret's hash.
--
-- Writes   nothing new.
-- Reads    role candor_auditor.
-- Growth   none.
-- Locks    a moment on each of the tables; safe while the service runs.
-- Undo     none: migrations only go forward.

GRANT SELECT ON principals, revocations TO candor_auditor;
GRANT SELECT (tenant_id, key_id, principal_id, expire_time) ON api_keys TO candor_auditor;
