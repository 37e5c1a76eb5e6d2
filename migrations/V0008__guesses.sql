-- What: wrong passwords that were counted, each under a keyed hash of whose they are
-- Why: a restart must not give somebody who guesses a fresh start
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

CREATE TABLE guesses (
    subject BIGINT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    forgotten_at BIGINT NOT NULL
);

CREATE INDEX guesses_forgotten_at ON guesses (forgotten_at);
