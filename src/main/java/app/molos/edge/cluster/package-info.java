/**
 * What several nodes of one installation have in common beside the database: a Redis, whose absence costs nobody a
 * request, and how many of them there are.
 *
 * Called by `ratelimit` and `boot`; calls `config`.
 */
@NullMarked
package app.molos.edge.cluster;

import org.jspecify.annotations.NullMarked;
