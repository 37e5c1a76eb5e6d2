package app.molos.edge.http;

import app.molos.edge.web.InboundBudget;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** The clocks of one client connection. Confined to its event loop. */
interface ConnectionClock {
    /**
     * A request's head is here.
     *
     * @param gone runs when the connection closes before {@link #ended}; of a stream, Vert.x tells that itself
     */
    void begins(HttpServerRequest request, Runnable gone);

    /** Returns why the request that began last is malformed; null when it is not. */
    @Nullable
    Throwable failure();

    /** Has a large head count for its client for as long as it is answered; if there is no room, it must be refused. */
    boolean admits(HttpServerRequest request, InboundBudget budget, String client);

    /**
     * The answer is out. Where the request is not whole, the rest of it is thrown away for a while: closing while the
     * client still sends would reset it, and the answer would be lost with it.
     */
    void ended(HttpServerRequest request);

    /** Has what is left of an answered request be read, by nobody: the next one of its connection waits behind it. */
    default void drain(HttpServerRequest request) {
        if (!request.isEnded()) {
            request.resume();
        }
    }

    /** The answer is out, nothing that comes is read as a request any more. */
    void linger(HttpServerRequest request);

    /** The connection is gone. */
    void closed();

    /** Looks at the clocks; returns whether the connection must be closed. What ends less than that is ended here. */
    boolean isOver(long nowNanos);

    /** Closes the connection of which {@link #isOver} said so. */
    void close();

    /** The server is about to stop: each response from now on is the last one. */
    void leave();

    /** Nobody new comes any more: an idle connection is closed, at once if it has served. */
    void closeIdle(long nowNanos);

    /** The server does not stop after all. */
    void stay();

    /** How many requests are under way. */
    int underWay();
}
