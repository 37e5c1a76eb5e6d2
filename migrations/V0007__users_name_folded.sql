-- What: the name as it is compared, case and width folded by the program
-- Why: SQLite folds ASCII only, so that a search for "ölmann" did not find "Ölmann"; NULL falls back to what the database folds
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

ALTER TABLE users ADD COLUMN name_folded TEXT;
