/**
 * Backups that open, and the way back: a consistent look at the database becomes an archive, which counts when it was
 * restored into a scratch database; a restore is staged beside the live database, proved, and swapped in one step.
 *
 * A scratch database that was migrated to the same version says which tables are ours and how they lie: a backup is what our
 * migrations made, whatever else a schema has. Blocking throughout: for commands and worker threads.
 *
 * Called by `commands`, `boot`; calls `backup.archive`, `db`, `db.migration`, `config`.
 */
@NullMarked
package app.molos.edge.backup;

import org.jspecify.annotations.NullMarked;
