/**
 * Cookie to stored session and back: signing, look-up through a one-second cache, refresh, end, and the guard that a
 * route or module stands behind. A signed-in person is a Vert.x {@code User} made by {@code SessionAuthentication}.
 *
 * Called by `auth`, `proxy`, `http`; calls `users`, `db`, `web`.
 */
@NullMarked
package app.molos.edge.session;

import org.jspecify.annotations.NullMarked;
