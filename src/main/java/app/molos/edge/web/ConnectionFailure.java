package app.molos.edge.web;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs a failure that belongs to a connection and to no request. One that breaks is everyday; an Error is
 * not, and Vert.x would log no more than its text, in which nobody sees that memory ran out.
 */
public final class ConnectionFailure {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionFailure.class);

    private ConnectionFailure() {}

    public static void log(Throwable failure) {
        if (failure instanceof Error) {
            LOG.error("A connection failed", failure);
        } else {
            LOG.debug("A connection failed: {}", failure.toString());
        }
    }
}
