/**
 * Learns what a module's pages load, from what browsers report, and suggests the tightest policy that allows it.
 *
 * Called by `http`, `boot` and `commands`; calls `web`.
 */
@NullMarked
package app.molos.edge.csp;

import org.jspecify.annotations.NullMarked;
