/**
 * Serves the files of a folder module: types, ranges, compressed neighbours, caching.
 *
 * Called by `proxy`; calls `web`.
 */
@NullMarked
package app.molos.edge.modules.files;

import org.jspecify.annotations.NullMarked;
