-- What: one row that the health check writes to
-- Why: a database on a full disk still answers every question, and would be called healthy while no sign-up succeeds
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

CREATE TABLE heartbeat (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    beaten_at BIGINT NOT NULL
);
