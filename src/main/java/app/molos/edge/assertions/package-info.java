/**
 * The signed identity that a module gets with each request, and the keys that it is verified with.
 *
 * Called by `proxy`, `http`, `boot`; calls `session`, `users`, `config`.
 */
@NullMarked
package app.molos.edge.assertions;

import org.jspecify.annotations.NullMarked;
