/**
 * Start-up order, shutdown order, and the only place that calls `new` on services. {@code Boot} is the chain,
 * {@code Components} every object that serves, {@code EdgeConfig} every key there is.
 *
 * Called by `commands`; knows everything below.
 */
@NullMarked
package app.molos.edge.boot;

import org.jspecify.annotations.NullMarked;
