/**
 * Which code is behind which path: the list (`modules.yaml`), the lock (`modules.lock`), the registry that maps a path
 * to its module, and the prober of module health.
 *
 * Called by `proxy` and `boot`; calls `web` and `config`.
 */
@NullMarked
package app.molos.edge.modules;

import org.jspecify.annotations.NullMarked;
