-- V0016: cases have steps, and not each is about a decision.
--
-- Writes   role candor_writer, as before.
-- Reads    as before.
-- Growth   a row for each request of a person, and for each step of it.
-- Locks    cases and tasks, for as long as one pass over cases takes; stop the service.
-- Undo     none: migrations only go forward.

ALTER TABLE cases ADD COLUMN case_id uuid;
UPDATE cases AS c
   SET case_id = e.leaf_id
  FROM entries AS e
 WHERE e.tenant_id = c.tenant_id AND e.position = c.position;
ALTER TABLE cases ALTER COLUMN case_id SET NOT NULL;
COMMENT ON COLUMN cases.case_id IS 'Which case: the id of the leaf that opened it.';

CREATE INDEX cases_by_id         ON cases (tenant_id, case_id, position);
CREATE INDEX tasks_of_open_cases ON tasks (tenant_id) WHERE kind = 'case' AND settle_time IS NULL;

ALTER TABLE tasks ALTER COLUMN decision_id DROP NOT NULL;
COMMENT ON COLUMN tasks.decision_id IS 'The decision it is about; NULL: a case about none.';
COMMENT ON COLUMN tasks.due_time IS 'When it expires; of a case, when its answer is due.';
