-- What: the one row that says who owns this installation
-- Why: whoever inserts it is the first admin; a count of users would let two parallel sign-ups both be first
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

-- No reference to users: when the owner's account is deleted, the next sign-up must not become admin.
CREATE TABLE owner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
