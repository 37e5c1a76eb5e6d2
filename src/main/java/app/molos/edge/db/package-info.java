/**
 * The database: pool, transactions, rows, and what differs between SQLite and PostgreSQL.
 *
 * {@code Database} is the only class that knows the SQL client; stores speak {@code Sql} and {@code Row}. Calls
 * `config` only.
 */
@NullMarked
package app.molos.edge.db;

import org.jspecify.annotations.NullMarked;
