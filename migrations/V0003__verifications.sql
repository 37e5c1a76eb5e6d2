-- What: links that were mailed and invitations that were given out, each good once and for a while
-- Why: a forgotten password, a new address and an invitation are proved by what somebody was sent
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

-- identifier is a kind and the SHA-256 of the token: a copy of this table opens nothing.
CREATE TABLE verifications (
    identifier TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX verifications_expires_at ON verifications (expires_at);
