-- V0018: what is missing lists cases that were not answered in time; erasures become final.
--
-- Writes   role candor_eraser: UPDATE of what an erasure waits for, when the tenant's key that wrapped is destroyed;
--          role candor_writer: UPDATE of where it became final, with the leaf that says it.
-- Reads    as before.
-- Growth   as before.
-- Locks    searched, decisions, noted and words, for a moment; they are filled anew, as servers read on. erasures,
--          for as long as a catalogue takes to change.
-- Undo     none: migrations only go forward.

TRUNCATE searched, decisions, noted, words;

ALTER TABLE erasures ADD COLUMN generation bigint, ADD COLUMN final_position bigint;
ALTER TABLE erasures ADD CONSTRAINT erasures_generation_from_one CHECK (generation >= 1);
ALTER TABLE erasures ADD CONSTRAINT erasures_final_afterwards    CHECK (final_position IS NULL OR (final_position > position AND generation IS NOT NULL));
COMMENT ON COLUMN erasures.generation     IS 'Newest generation of the operator''s keys that wrapped that key of the tenant; NULL: it is still there.';
COMMENT ON COLUMN erasures.final_position IS 'Position of the leaf that says that nothing can open it any more; NULL: something may.';

CREATE INDEX erasures_not_final ON erasures (tenant_id, generation, position) WHERE final_position IS NULL;

GRANT UPDATE (final_position)                                  ON erasures TO candor_writer;
GRANT SELECT (tenant_id, wrapper, generation), UPDATE (generation) ON erasures TO candor_eraser;
