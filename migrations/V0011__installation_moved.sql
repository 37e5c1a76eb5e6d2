-- What: where an installation went that was moved to another database, and when
-- Why: the database that it left must not be served by mistake: what is written there would be missing in the other one
-- author: MoLOS Edge
-- phase: expand
-- reversible: no (the mark is what keeps the old database from being served)

ALTER TABLE installation ADD COLUMN moved_to TEXT;
ALTER TABLE installation ADD COLUMN moved_at BIGINT;
