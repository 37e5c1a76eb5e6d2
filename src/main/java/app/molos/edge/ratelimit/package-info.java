/**
 * Who may ask how often: the wire's limit for each address and path, and the delays that make guessing a password slow
 * without letting a stranger lock its owner out. Everything is bounded; wrong passwords
 * outlive a restart in the database.
 *
 * Called by `http`, `auth` and `pages`; calls `db`, `web` and `config`.
 */
@NullMarked
package app.molos.edge.ratelimit;

import org.jspecify.annotations.NullMarked;
