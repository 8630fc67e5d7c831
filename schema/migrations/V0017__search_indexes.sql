-- V0017: decisions are found by their time and their numbers, too.
--
-- Writes   as before; whoever reads the ledger on for searches keeps the indexes. No append touches them.
-- Reads    as before.
-- Growth   about 80 bytes more for each decision.
-- Locks    decisions, against reading on, while each index is built: some seconds a million decisions. Appends go on.
-- Undo     none: migrations only go forward. Any of them may be dropped.

CREATE INDEX decisions_by_time       ON decisions (tenant_id, create_time, position);
CREATE INDEX decisions_by_amount     ON decisions (tenant_id, amount)     WHERE amount IS NOT NULL;
CREATE INDEX decisions_by_confidence ON decisions (tenant_id, confidence) WHERE confidence IS NOT NULL;
CREATE INDEX decisions_by_cost       ON decisions (tenant_id, cost)       WHERE cost IS NOT NULL;
