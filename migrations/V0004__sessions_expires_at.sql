-- What: an index that finds sessions whose time is over
-- Why: the sweep must not read a million live sessions to find ten dead ones
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

CREATE INDEX sessions_expires_at ON sessions (expires_at);
