/**
 * The auth wire: sign-up, sign-in, sign-out, get-session in the shapes that better-auth's client expects, and password
 * hashing on a small pool of its own. Calls `session`, `users`, `db`, `web`.
 */
@NullMarked
package app.molos.edge.auth;

import org.jspecify.annotations.NullMarked;
