-- V0007: an authorization is found by its own id, so the index of decisions leaves it out.
--
-- Writes   as before; an index entry less for each authorization.
-- Reads    the leaves of a decision: one that has its id, and those that this index names.
-- Growth   48 bytes less for each authorization.
-- Locks    entries, for as long as the index takes to be built: minutes for many millions.
--          Stop all servers first.
-- Undo     none: migrations only go forward.

DROP INDEX entries_of_a_decision;
CREATE INDEX entries_of_a_decision ON entries (tenant_id, decision_id) WHERE decision_id <> leaf_id;
