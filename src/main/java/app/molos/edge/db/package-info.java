/**
 * The database: pool, transactions, rows, migrations, and the checks that keep us off a database that is not ours.
 *
 * `Database` is the only class that knows the SQL client; stores speak `Sql` and `Row`. Calls `config` only.
 */
@NullMarked
package app.molos.edge.db;

import org.jspecify.annotations.NullMarked;
