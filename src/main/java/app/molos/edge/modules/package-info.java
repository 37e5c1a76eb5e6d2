/**
 * Module configuration (`modules.yaml`), the registry that maps a path to its module, static files, and the prober of
 * module health. Called by `proxy` and `boot`; calls `web` and `config`.
 */
@NullMarked
package app.molos.edge.modules;

import org.jspecify.annotations.NullMarked;
