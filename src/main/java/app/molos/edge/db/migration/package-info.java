/**
 * Brings the schema to where this version needs it, once, even if others start at the same time: the lock file that
 * says which migrations are ours, the plan, the history, and the mutex between processes.
 *
 * Called by `boot`, `commands`; calls `db`, `config`.
 */
@NullMarked
package app.molos.edge.db.migration;

import org.jspecify.annotations.NullMarked;
