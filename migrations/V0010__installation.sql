-- What: which installation this database is of: one row with a random name.
-- Why: a backup must say whose it is, so that it is not put over somebody else's data by mistake; the name moves with the
--      data from one database to another, and comes back with a restore.
-- author: MoLOS Edge
-- phase: expand
-- reversible: no (the name is in every backup made since)

CREATE TABLE installation (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
