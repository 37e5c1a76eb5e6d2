package app.molos.edge.proxy;

import app.molos.edge.session.SignedIn;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent to a module.
 *
 * @param uri what the module is asked for
 * @param strippedPrefix what was taken off the front of it; may be empty
 * @param assertion who asks, signed; may be empty
 */
record UpstreamRequest(String uri, String strippedPrefix, @Nullable SignedIn signedIn, String assertion) {}
