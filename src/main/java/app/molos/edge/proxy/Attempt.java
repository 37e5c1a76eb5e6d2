package app.molos.edge.proxy;

import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.HttpRequestHead;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One try to have one upstream answer a request: a place there, a connection, and what is sent on it. */
final class Attempt implements ConnectionPool.Waiter {
    private final ProxyExchange exchange;
    private final UpstreamGroup.Lease place;
    private ConnectionPool.@Nullable PooledConnection link;
    private @Nullable HttpClientStream stream;
    private boolean isQueued;
    private boolean isOver;

    Attempt(ProxyExchange exchange, UpstreamGroup.Lease place) {
        this.exchange = exchange;
        this.place = place;
    }

    UpstreamGroup.Lease place() {
        return place;
    }

    /** Where the rest of the request goes; there is one once the attempt is connected. */
    HttpClientStream stream() {
        return Objects.requireNonNull(stream);
    }

    /**
     * Sends a head. Whatever comes of it is told to the exchange; that a write failed is told with the end of the connection.
     *
     * @param isWhole whether no body follows
     */
    void send(HttpRequestHead head, boolean isChunked, boolean isWhole, boolean isUpgrade) {
        HttpClientStream to = stream();
        to.headHandler(begun -> exchange.answer(this, new UpstreamResponse(to, begun, Objects.requireNonNull(link).channel())));
        to.earlyHintsHandler(hints -> exchange.hint(this, hints));
        to.exceptionHandler(failure -> exchange.failed(this, failure));
        to.writeHead(head, isChunked, null, isWhole, null, isUpgrade);
    }

    /** Whether not a byte of the request can have reached anybody. */
    boolean isUnsent() {
        return stream == null;
    }

    /** Whether it failed for no other reason than that an old connection was gone. */
    boolean isOnOldConnection() {
        return link != null && link.wasUsed();
    }

    @Override
    public boolean isOver() {
        return isOver;
    }

    /** Whether it waits for a connection that somebody else has, which says nothing about the upstream. */
    boolean isQueued() {
        return isQueued;
    }

    @Override
    public void waiting(boolean isNowQueued) {
        isQueued = isNowQueued;
    }

    @Override
    public void connected(ConnectionPool.PooledConnection acquired) {
        link = acquired;
        acquired.open()
                .onSuccess(opened -> {
                    stream = opened;
                    if (!isOver) {
                        exchange.send(this);
                    }
                })
                .onFailure(this::failed);
    }

    @Override
    public void failed(Throwable failure) {
        exchange.failed(this, failure);
    }

    /** After a whole request and a whole answer: the next one may have the connection. */
    void finish() {
        isOver = true;
        place.release();
        ConnectionPool.PooledConnection done = link;
        link = null;
        if (done != null) {
            done.release();
        }
    }

    /** Something is left of the request or of its answer, which nobody else must get to see. */
    void abandon() {
        isOver = true;
        place.release();
        ConnectionPool.PooledConnection abandoned = link;
        link = null;
        if (abandoned != null) {
            abandoned.close();
        }
    }
}
