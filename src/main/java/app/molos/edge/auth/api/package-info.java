/**
 * The auth wire in the shapes that better-auth's client expects, as a table: {@code AuthRoutes} has the rows (method,
 * path, who may, how the request is read, what runs), {@code AuthTable} turns them into routes, the endpoints call the
 * services of `auth` and render what they return. No endpoint checks a role.
 *
 * Called by `http`, `pages`, `boot`; calls `auth`, `session`, `ratelimit`, `web`.
 */
@NullMarked
package app.molos.edge.auth.api;

import org.jspecify.annotations.NullMarked;
