/**
 * The auth wire in the shapes that better-auth's client expects: `AuthRoutes` is the table, `…Endpoints` read requests and
 * render answers, `…Service` and `MailLinks` have the rules. Passwords are compared in `PasswordVerifier` only and hashed on a
 * small pool of their own.
 *
 * Called by `pages`, `http`, `boot`; calls `ratelimit`, `session`, `users`, `mail`, `db`, `web`.
 */
@NullMarked
package app.molos.edge.auth;

import org.jspecify.annotations.NullMarked;
