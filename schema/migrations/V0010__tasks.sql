-- V0010: tasks of human review, as leaves say them.
--
-- Writes   role candor_writer, INSERT with the leaf that opens a task, UPDATE with each leaf that moves it.
-- Reads    roles candor_writer, candor_reader and candor_auditor.
-- Growth   a row for each escalation.
-- Locks    none on tables that exist already; safe while the service runs.
-- Undo     none: migrations only go forward.

CREATE TABLE tasks (
    tenant_id          uuid        NOT NULL REFERENCES tenants (tenant_id),
    task_id            uuid        NOT NULL,
    kind               text        NOT NULL,
    queue              text        NOT NULL,
    decision_id        uuid        NOT NULL,
    opener             text        NOT NULL,
    create_time        timestamptz NOT NULL,
    due_time           timestamptz NOT NULL,
    state              text        NOT NULL,
    position           bigint      NOT NULL,
    claim_position     bigint,
    claim_expire_time  timestamptz,
    resolution         text,
    review_id          uuid,
    review_position    bigint,
    review_expire_time timestamptz,
    settle_time        timestamptz,
    active_seconds     bigint,

    CONSTRAINT tasks_pk                  PRIMARY KEY (tenant_id, task_id),
    CONSTRAINT tasks_kind_is_known       CHECK (kind IN ('escalation', 'case', 'sample', 'finding')),
    CONSTRAINT tasks_queue_is_short      CHECK (octet_length(queue) BETWEEN 1 AND 128),
    CONSTRAINT tasks_opener_is_short     CHECK (octet_length(opener) <= 128),
    CONSTRAINT tasks_state_is_known      CHECK (state IN ('open', 'second_needed', 'resolved', 'expired', 'cancelled')),
    CONSTRAINT tasks_position_from_one   CHECK (position >= 1),
    CONSTRAINT tasks_resolution_is_known CHECK (resolution IN ('uphold', 'override')),
    CONSTRAINT tasks_end_is_told         CHECK ((state IN ('open', 'second_needed')) = (settle_time IS NULL))
);
COMMENT ON TABLE  tasks                    IS 'Tasks of human review: what queues are listed by. All of it is folded from leaves, and counts for nothing without them.';
COMMENT ON COLUMN tasks.tenant_id          IS 'Whose ledger.';
COMMENT ON COLUMN tasks.task_id            IS 'Id of the leaf that opened it.';
COMMENT ON COLUMN tasks.kind               IS 'escalation, case, sample or finding.';
COMMENT ON COLUMN tasks.queue              IS 'Its queue, a code.';
COMMENT ON COLUMN tasks.decision_id        IS 'The decision it is about.';
COMMENT ON COLUMN tasks.opener             IS 'Registered id of the component that waits; empty: a human waits.';
COMMENT ON COLUMN tasks.create_time        IS 'Time of the leaf that opened it.';
COMMENT ON COLUMN tasks.due_time           IS 'When it expires.';
COMMENT ON COLUMN tasks.state              IS 'open, second_needed, or how it was settled; whether it is claimed says claim_expire_time.';
COMMENT ON COLUMN tasks.position           IS 'Position of the newest leaf about it.';
COMMENT ON COLUMN tasks.claim_position     IS 'Position of the leaf that claimed it, where it stands sealed who did.';
COMMENT ON COLUMN tasks.claim_expire_time  IS 'When the claim ends; NULL: nobody holds it.';
COMMENT ON COLUMN tasks.resolution         IS 'What its review says, once it is resolved.';
COMMENT ON COLUMN tasks.review_id          IS 'Id of the leaf that resolved it.';
COMMENT ON COLUMN tasks.review_position    IS 'Position of that leaf, where it stands sealed who resolved it.';
COMMENT ON COLUMN tasks.review_expire_time IS 'When the review stops counting.';
COMMENT ON COLUMN tasks.settle_time        IS 'Time of the leaf that settled it; NULL: it is not settled.';
COMMENT ON COLUMN tasks.active_seconds     IS 'How long the reviewer looked, as claimed, and no longer than the task was held.';

CREATE INDEX tasks_that_wait   ON tasks (tenant_id, due_time, task_id) WHERE settle_time IS NULL;
CREATE INDEX tasks_by_due      ON tasks (tenant_id, due_time, task_id);
CREATE INDEX tasks_by_end      ON tasks (tenant_id, settle_time, task_id) WHERE settle_time IS NOT NULL;
CREATE INDEX tasks_by_position ON tasks (tenant_id, position);

GRANT SELECT, INSERT, UPDATE ON tasks TO candor_writer;
GRANT SELECT                 ON tasks TO candor_reader, candor_auditor;
