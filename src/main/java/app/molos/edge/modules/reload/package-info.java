/**
 * Applies a changed list while the edge runs: checked whole, applied whole or not at all.
 *
 * Called by `boot`, `http`; calls `modules.checkout`, `modules`.
 */
@NullMarked
package app.molos.edge.modules.reload;

import org.jspecify.annotations.NullMarked;
