-- What: the people, how each signs in, and the sessions they have open
-- Why: everything behind the front door asks who is there
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

-- Times are epoch milliseconds, truths are 0 or 1: the same on SQLite and PostgreSQL.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    email_verified INTEGER NOT NULL DEFAULT 0,
    image TEXT,
    role TEXT NOT NULL DEFAULT 'user',
    banned INTEGER NOT NULL DEFAULT 0,
    ban_reason TEXT,
    ban_expires BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (provider_id, account_id)
);

CREATE INDEX accounts_user_id ON accounts (user_id);

-- token_hash is the SHA-256 of the token: a copy of this table opens no session.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    remembered INTEGER NOT NULL DEFAULT 1,
    expires_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ip_address TEXT,
    user_agent TEXT,
    impersonated_by TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX sessions_user_id ON sessions (user_id);
