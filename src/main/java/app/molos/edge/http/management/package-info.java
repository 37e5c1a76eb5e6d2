/**
 * The management listener: probes, health in detail, metrics, and the commands for a running edge.
 *
 * Called by `boot`; calls `http` and what it mounts.
 */
@NullMarked
package app.molos.edge.http.management;

import org.jspecify.annotations.NullMarked;
