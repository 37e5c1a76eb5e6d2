/**
 * Brings a module's code: git, what may be in a tree, whether it is still what was locked, and whether a tag was moved.
 *
 * Called by `boot`, `commands`, `modules.reload`; calls `modules`, `config`.
 */
@NullMarked
package app.molos.edge.modules.checkout;

import org.jspecify.annotations.NullMarked;
