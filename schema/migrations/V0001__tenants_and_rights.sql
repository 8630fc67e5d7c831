-- V0001: who is here, and what each role of the database may do.
--
-- Writes   role candor_writer, INSERT only; nothing updates or deletes.
-- Reads    roles candor_writer, candor_reader and candor_auditor.
-- Growth   a row for each tenant, principal and key.
-- Locks    none on tables that exist already; safe while the service runs.
-- Undo     none: migrations only go forward.

-- Roles belong to the whole cluster: another database of it may have made them.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['candor_writer', 'candor_eraser', 'candor_reader', 'candor_auditor'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- Another migration made it at this very moment.
        END;
        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
END;
$$;

CREATE TABLE tenants (
    tenant_id   uuid        NOT NULL,
    origin      text        NOT NULL,
    request_id  uuid        NOT NULL,
    create_time timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT tenants_pk                  PRIMARY KEY (tenant_id),
    CONSTRAINT tenants_origin_is_one       UNIQUE (origin),
    CONSTRAINT tenants_request_is_one      UNIQUE (request_id),
    CONSTRAINT tenants_origin_fits_a_note  CHECK (octet_length(origin) BETWEEN 3 AND 253)
);
COMMENT ON TABLE  tenants             IS 'One organisation and its one ledger.';
COMMENT ON COLUMN tenants.tenant_id   IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN tenants.origin      IS 'Name of the ledger in every leaf and checkpoint; chosen once.';
COMMENT ON COLUMN tenants.request_id  IS 'Request of the operator that made it; makes a repetition harmless.';
COMMENT ON COLUMN tenants.create_time IS 'Clock of the database.';

CREATE TABLE tenant_keys (
    tenant_id  uuid   NOT NULL REFERENCES tenants (tenant_id),
    purpose    text   NOT NULL,
    handle     bytea  NOT NULL,
    generation bigint NOT NULL,
    wrapped    bytea  NOT NULL,

    CONSTRAINT tenant_keys_pk                    PRIMARY KEY (tenant_id, purpose, generation),
    CONSTRAINT tenant_keys_purpose_is_known      CHECK (purpose IN ('data', 'lookup', 'evidence', 'ledger')),
    CONSTRAINT tenant_keys_handle_is_16_bytes    CHECK (octet_length(handle) = 16),
    CONSTRAINT tenant_keys_generation_from_one   CHECK (generation >= 1),
    CONSTRAINT tenant_keys_wrapped_is_rfc3394    CHECK (octet_length(wrapped) = 40)
);
COMMENT ON TABLE  tenant_keys            IS 'Keys of a tenant, each wrapped under the operator''s key, which is never in a database.';
COMMENT ON COLUMN tenant_keys.tenant_id  IS 'Whose key.';
COMMENT ON COLUMN tenant_keys.purpose    IS 'data: wraps data keys. lookup: finds persons. evidence: keeps proofs of erasure. ledger: seed of the key that signs checkpoints.';
COMMENT ON COLUMN tenant_keys.handle     IS '16 random bytes that name the key in its wrapping label.';
COMMENT ON COLUMN tenant_keys.generation IS 'Generation of the operator''s key that wraps it.';
COMMENT ON COLUMN tenant_keys.wrapped    IS 'AES-256-KW, RFC 3394; 40 bytes.';

CREATE TABLE principals (
    tenant_id    uuid   NOT NULL REFERENCES tenants (tenant_id),
    principal_id uuid   NOT NULL,
    kind         text   NOT NULL,
    code         text   NOT NULL,
    roles        text[] NOT NULL,

    CONSTRAINT principals_pk             PRIMARY KEY (tenant_id, principal_id),
    CONSTRAINT principals_code_is_one    UNIQUE (tenant_id, code),
    CONSTRAINT principals_kind_is_known  CHECK (kind IN ('human', 'component', 'service')),
    CONSTRAINT principals_code_is_short  CHECK (octet_length(code) BETWEEN 1 AND 128),
    CONSTRAINT principals_roles_are_few  CHECK (cardinality(roles) BETWEEN 1 AND 9)
);
COMMENT ON TABLE  principals              IS 'The human or system behind a credential.';
COMMENT ON COLUMN principals.tenant_id    IS 'Whose principal.';
COMMENT ON COLUMN principals.principal_id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN principals.kind         IS 'human, component or service.';
COMMENT ON COLUMN principals.code         IS 'Registered id of a component or service, as in leaves; a pseudonym for a human.';
COMMENT ON COLUMN principals.roles        IS 'What it may do; one to nine roles.';

CREATE TABLE api_keys (
    tenant_id    uuid        NOT NULL,
    key_id       uuid        NOT NULL,
    principal_id uuid        NOT NULL,
    secret_hash  bytea       NOT NULL,
    expire_time  timestamptz NOT NULL DEFAULT 'infinity',
    create_time  timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT api_keys_pk                    PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT api_keys_are_of_a_principal    FOREIGN KEY (tenant_id, principal_id) REFERENCES principals (tenant_id, principal_id),
    CONSTRAINT api_keys_hash_is_sha256        CHECK (octet_length(secret_hash) = 32)
);
COMMENT ON TABLE  api_keys              IS 'Credentials. The secret, 256 random bits, is never stored.';
COMMENT ON COLUMN api_keys.tenant_id    IS 'Whose key.';
COMMENT ON COLUMN api_keys.key_id       IS 'UUIDv7 that names the key and stands in its text.';
COMMENT ON COLUMN api_keys.principal_id IS 'Whom the key stands for.';
COMMENT ON COLUMN api_keys.secret_hash  IS 'SHA-256 of the secret.';
COMMENT ON COLUMN api_keys.expire_time  IS 'When it ends by itself; infinity: never.';
COMMENT ON COLUMN api_keys.create_time  IS 'Clock of the database.';

CREATE TABLE revocations (
    tenant_id   uuid        NOT NULL REFERENCES tenants (tenant_id),
    revoked_id  uuid        NOT NULL,
    revoke_time timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT revocations_pk PRIMARY KEY (tenant_id, revoked_id)
);
COMMENT ON TABLE  revocations             IS 'Principals and keys that count no longer.';
COMMENT ON COLUMN revocations.tenant_id   IS 'Whose.';
COMMENT ON COLUMN revocations.revoked_id  IS 'A principal_id or a key_id.';
COMMENT ON COLUMN revocations.revoke_time IS 'Clock of the database.';

CREATE TABLE limits (
    tenant_id             uuid   NOT NULL REFERENCES tenants (tenant_id),
    position              bigint NOT NULL,
    amount                text   NOT NULL,
    currency              text   NOT NULL,
    confidence            text   NOT NULL,
    authorization_seconds bigint NOT NULL,
    outcome_seconds       bigint NOT NULL,

    CONSTRAINT limits_pk                          PRIMARY KEY (tenant_id, position),
    CONSTRAINT limits_amount_is_short             CHECK (octet_length(amount) <= 32),
    CONSTRAINT limits_currency_is_iso4217         CHECK (currency ~ '^([a-z]{3})?$'),
    CONSTRAINT limits_confidence_is_short         CHECK (octet_length(confidence) <= 32),
    CONSTRAINT limits_authorization_at_most_a_day CHECK (authorization_seconds BETWEEN 1 AND 86400),
    CONSTRAINT limits_outcome_at_most_a_year      CHECK (outcome_seconds BETWEEN 1 AND 31622400)
);
COMMENT ON TABLE  limits                       IS 'What the built-in rules go by; the row with the highest position counts.';
COMMENT ON COLUMN limits.tenant_id             IS 'Whose.';
COMMENT ON COLUMN limits.position              IS 'Position of the leaf that set them.';
COMMENT ON COLUMN limits.amount                IS 'Largest amount, a decimal; empty: no amount is allowed.';
COMMENT ON COLUMN limits.currency              IS 'ISO 4217 in lower case, or empty.';
COMMENT ON COLUMN limits.confidence            IS 'Lowest confidence that needs no human, a decimal; empty: none.';
COMMENT ON COLUMN limits.authorization_seconds IS 'How long an authorization may be used.';
COMMENT ON COLUMN limits.outcome_seconds       IS 'How long after it an outcome is waited for.';

CREATE TABLE catalogue (
    tenant_id uuid   NOT NULL REFERENCES tenants (tenant_id),
    kind      text   NOT NULL,
    code      text   NOT NULL,
    position  bigint NOT NULL,

    CONSTRAINT catalogue_pk             PRIMARY KEY (tenant_id, kind, code),
    CONSTRAINT catalogue_kind_is_short  CHECK (octet_length(kind) BETWEEN 1 AND 32),
    CONSTRAINT catalogue_code_is_short  CHECK (octet_length(code) BETWEEN 1 AND 128)
);
COMMENT ON TABLE  catalogue           IS 'Codes that a tenant declared; any other reads unlisted in a leaf.';
COMMENT ON COLUMN catalogue.tenant_id IS 'Whose.';
COMMENT ON COLUMN catalogue.kind      IS 'What it is a code of: action, outcome, reason, system, model, …';
COMMENT ON COLUMN catalogue.code      IS 'The code, in the grammar of docs/reference/ledger-format.md.';
COMMENT ON COLUMN catalogue.position  IS 'Position of the leaf that declared it.';

CREATE TABLE operator_keys (
    key_id      uuid        NOT NULL,
    secret_hash bytea       NOT NULL,
    create_time timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT operator_keys_pk             PRIMARY KEY (key_id),
    CONSTRAINT operator_keys_hash_is_sha256 CHECK (octet_length(secret_hash) = 32)
);
COMMENT ON TABLE  operator_keys             IS 'Credentials of the operator, who belongs to no tenant.';
COMMENT ON COLUMN operator_keys.key_id      IS 'UUIDv7 that names the key and stands in its text.';
COMMENT ON COLUMN operator_keys.secret_hash IS 'SHA-256 of the secret.';
COMMENT ON COLUMN operator_keys.create_time IS 'Clock of the database.';

CREATE UNIQUE INDEX api_keys_by_name ON api_keys (key_id, tenant_id);

GRANT SELECT, INSERT ON tenants, tenant_keys, principals, api_keys, revocations, limits, catalogue,
                        operator_keys TO candor_writer;
GRANT SELECT ON tenants, limits, catalogue TO candor_reader, candor_auditor;
GRANT SELECT, DELETE ON tenant_keys TO candor_eraser;
