/**
 * Mail that leaves: a bounded queue in memory that is retried for a while and never makes a request wait. Links in it
 * are secrets, so nothing of it is stored or logged.
 *
 * Called by `auth`; calls `config`.
 */
@NullMarked
package app.molos.edge.mail;

import org.jspecify.annotations.NullMarked;
