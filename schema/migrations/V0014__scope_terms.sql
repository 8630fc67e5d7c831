-- V0014: what grants cover a decision by, of those that were read before.
--
-- Writes   as before; three terms more for each decision.
-- Reads    as before.
-- Growth   about 100 bytes more for each decision.
-- Locks    searched, decisions and noted, for a moment. They are filled anew, as servers read on.
-- Undo     none: migrations only go forward.

TRUNCATE searched, decisions, noted;
