/**
 * Moving over: reads the database of a MoLOS (or of any better-auth on SQLite) and takes its people along.
 *
 * Called by `boot`; calls `users`, `session`, `db`.
 */
@NullMarked
package app.molos.edge.imports;

import org.jspecify.annotations.NullMarked;
