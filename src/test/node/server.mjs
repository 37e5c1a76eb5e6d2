// The real better-auth on a real SQLite file, as a MoLOS has it: drizzle with snake_case columns and epoch milliseconds
// (shape "molos"), or better-auth's own camelCase columns with ISO text (shape "own").
// Arguments: shape, file, port, secret, and as a module behind the edge: its public address and a prefix for its cookies. Prints "ready" when it listens.
import http from 'node:http';
import { createClient } from '@libsql/client';
import { LibsqlDialect } from '@libsql/kysely-libsql';
import { betterAuth } from 'better-auth';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { getMigrations } from 'better-auth/db';
import { toNodeHandler } from 'better-auth/node';
import { admin } from 'better-auth/plugins';
import { drizzle } from 'drizzle-orm/libsql';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

const [shape, file, port, secret, address, cookiePrefix] = process.argv.slice(2);
const options = {
  secret,
  baseURL: address ?? `http://127.0.0.1:${port}`,
  basePath: '/api/auth',
  advanced: cookiePrefix ? { cookiePrefix } : {},
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  plugins: [admin()],
};

const ms = name => integer(name, { mode: 'timestamp_ms' });
const bool = name => integer(name, { mode: 'boolean' });
const schema = {
  user: sqliteTable('user', {
    id: text('id').primaryKey(), name: text('name').notNull(), email: text('email').notNull().unique(),
    emailVerified: bool('email_verified').notNull().default(false), image: text('image'),
    createdAt: ms('created_at').notNull(), updatedAt: ms('updated_at').notNull(), role: text('role'),
    banned: bool('banned').default(false), banReason: text('ban_reason'), banExpires: ms('ban_expires'),
  }),
  session: sqliteTable('session', {
    id: text('id').primaryKey(), expiresAt: ms('expires_at').notNull(), token: text('token').notNull().unique(),
    createdAt: ms('created_at').notNull(), updatedAt: ms('updated_at').notNull(), ipAddress: text('ip_address'),
    userAgent: text('user_agent'), userId: text('user_id').notNull(), impersonatedBy: text('impersonated_by'),
  }),
  account: sqliteTable('account', {
    id: text('id').primaryKey(), accountId: text('account_id').notNull(), providerId: text('provider_id').notNull(),
    userId: text('user_id').notNull(), accessToken: text('access_token'), refreshToken: text('refresh_token'),
    idToken: text('id_token'), accessTokenExpiresAt: ms('access_token_expires_at'),
    refreshTokenExpiresAt: ms('refresh_token_expires_at'), scope: text('scope'), password: text('password'),
    createdAt: ms('created_at').notNull(), updatedAt: ms('updated_at').notNull(),
  }),
  verification: sqliteTable('verification', {
    id: text('id').primaryKey(), identifier: text('identifier').notNull(), value: text('value').notNull(),
    expiresAt: ms('expires_at').notNull(), createdAt: ms('created_at'), updatedAt: ms('updated_at'),
  }),
};

async function createMolosTables(client) {
  const column = c => `"${c.name}" ${c.getSQLType()}${c.primary ? ' PRIMARY KEY' : ''}${c.notNull ? ' NOT NULL' : ''}`;
  for (const [name, table] of Object.entries(schema)) {
    const columns = Object.values(table).filter(c => c && typeof c.getSQLType === 'function').map(column);
    await client.execute(`CREATE TABLE IF NOT EXISTS "${name}" (${columns.join(', ')})`);
  }
}

if (shape === 'molos') {
  const client = createClient({ url: `file:${file}` });
  await createMolosTables(client);
  options.database = drizzleAdapter(drizzle(client, { schema }), { provider: 'sqlite', schema });
} else {
  options.database = { dialect: new LibsqlDialect({ url: `file:${file}` }), type: 'sqlite' };
  await (await getMigrations(options)).runMigrations();
}
http.createServer(toNodeHandler(betterAuth(options))).listen(Number(port), '127.0.0.1', () => console.log('ready'));
