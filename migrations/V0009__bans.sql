-- What: addresses, networks and sessions that are banned, or were, with what they did
-- Why: a ban must outlive a restart, hold on every node, and be explained to whoever asks
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

-- evidence is a JSON list of what filled the bucket; banned_until 0 is a ban that was taken back.
CREATE TABLE bans (
    subject TEXT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL,
    cause TEXT NOT NULL,
    offences INTEGER NOT NULL,
    banned_at BIGINT NOT NULL,
    banned_until BIGINT NOT NULL,
    evidence TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX bans_updated_at ON bans (updated_at);
