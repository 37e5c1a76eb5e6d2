/**
 * Which code is behind which path: the list (`modules.yaml`), the lock (`modules.lock`), the fetched code in the data directory
 * and the check that it is the code that was locked; the registry that maps a path to its module, static files, and the prober
 * of module health. {@link app.molos.edge.modules.ModuleReload} swaps the whole list while the edge runs. Called by `proxy` and `boot`; calls `web` and `config`.
 */
@NullMarked
package app.molos.edge.modules;

import org.jspecify.annotations.NullMarked;
