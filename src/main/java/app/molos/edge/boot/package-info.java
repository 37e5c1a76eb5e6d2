/**
 * Start-up order, shutdown order, and the only place that calls `new` on services. `Commands` is what the command line
 * may ask for.
 */
@NullMarked
package app.molos.edge.boot;

import org.jspecify.annotations.NullMarked;
