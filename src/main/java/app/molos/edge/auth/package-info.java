/**
 * Signing up and in, accounts, administrators and mailed links: rules only, no HTTP beyond the errors that the wire
 * knows. Passwords are compared in {@code PasswordVerifier} only.
 *
 * Called by `auth.api`, `pages`, `boot`; calls `session`, `passwords`, `ratelimit`, `users`, `mail`, `db`, `web`.
 */
@NullMarked
package app.molos.edge.auth;

import org.jspecify.annotations.NullMarked;
