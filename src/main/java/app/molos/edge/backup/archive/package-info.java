/**
 * The archive of a backup: a zip of tables as NDJSON with a manifest at its end, inside age where there is a recipient.
 * Knows no database.
 *
 * Called by `backup`; calls `config`.
 */
@NullMarked
package app.molos.edge.backup.archive;

import org.jspecify.annotations.NullMarked;
