/**
 * Who exists: the user record and its store. Called by `session` and `auth`; calls `db`.
 */
@NullMarked
package app.molos.edge.users;

import org.jspecify.annotations.NullMarked;
