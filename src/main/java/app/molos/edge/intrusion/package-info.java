/**
 * Finds out who attacks, and keeps them out for a while. Scenarios are data: what a request must look like, whose bucket it
 * falls into, and when that is full. A ban is never in the way of somebody who is signed in, and says what it is for.
 *
 * Called by `http`, `boot` and `commands`; calls `ratelimit`, `session`, `db`, `web` and `config`.
 */
@NullMarked
package app.molos.edge.intrusion;

import org.jspecify.annotations.NullMarked;
