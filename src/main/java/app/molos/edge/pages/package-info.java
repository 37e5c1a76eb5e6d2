/**
 * The pages under `/edge/`: welcome, sign in, sign up, sign out, a forgotten password, their account. Rendered on
 * the server, plain forms, no script: everything works with JavaScript off.
 *
 * Called by `http`; calls `auth`, `ratelimit`, `session`, `users`, `web`.
 */
@NullMarked
package app.molos.edge.pages;

import org.jspecify.annotations.NullMarked;
