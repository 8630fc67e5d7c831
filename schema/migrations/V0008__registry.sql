-- V0008: which leaves make up the registry.
--
-- Writes   role candor_writer, INSERT only, with the leaf that it names.
-- Reads    roles candor_writer, candor_reader and candor_auditor.
-- Growth   a row for each leaf that registers something: few beside those of decisions.
-- Locks    none on tables that exist already, of which it reads entries whole.
--          Stop all servers of an older program first: they would add no rows.
-- Undo     none: migrations only go forward.

CREATE TABLE registry (
    tenant_id uuid   NOT NULL REFERENCES tenants (tenant_id),
    position  bigint NOT NULL,
    type      text   NOT NULL,

    CONSTRAINT registry_pk                PRIMARY KEY (tenant_id, position),
    CONSTRAINT registry_position_from_one CHECK (position >= 1),
    CONSTRAINT registry_type_is_short     CHECK (octet_length(type) BETWEEN 1 AND 32)
);
COMMENT ON TABLE  registry           IS 'Leaves that make up the registry: systems, model versions, stops and what else was registered.';
COMMENT ON COLUMN registry.tenant_id IS 'Whose ledger.';
COMMENT ON COLUMN registry.position  IS 'Position of the leaf.';
COMMENT ON COLUMN registry.type      IS 'Type of the leaf.';

-- The type is the last member but one of the canonical bytes.
INSERT INTO registry (tenant_id, position, type)
SELECT e.tenant_id, e.position, t.type
  FROM entries AS e, (VALUES ('system'), ('decision_type')) AS t (type)
 WHERE substring(e.leaf FROM octet_length(e.leaf) - length(t.type) - 15)
       = convert_to('"type":"' || t.type || '","v":1}', 'UTF8');

GRANT SELECT, INSERT ON registry TO candor_writer;
GRANT SELECT         ON registry TO candor_reader, candor_auditor;
