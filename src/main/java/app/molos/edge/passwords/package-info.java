/**
 * Hashes passwords as better-auth does (scrypt) on a small pool of its own, and judges which are good enough.
 *
 * Called by `auth`, `boot`; calls `web`, `config`.
 */
@NullMarked
package app.molos.edge.passwords;

import org.jspecify.annotations.NullMarked;
