package app.molos.edge.proxy.upstream;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.HttpRequestHead;
import io.vertx.core.streams.WriteStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request to one upstream, once: a lease there, a connection, and what is written to it. Confined to the
 * event loop of the request.
 */
public final class Attempt implements ConnectionPool.Waiter {
    /** Receives what becomes of an attempt. Each call names the attempt: a retry may have taken its place. */
    public interface Listener {
        void connected(Attempt attempt);

        /** A 103 arrived, ahead of the response. */
        void hinted(Attempt attempt, MultiMap hints);

        void responded(Attempt attempt, UpstreamResponse response);

        void failed(Attempt attempt, Throwable failure);
    }

    private final Listener listener;
    private final UpstreamGroup.Lease lease;
    private ConnectionPool.@Nullable PooledConnection connection;
    private @Nullable HttpClientStream stream;
    /** Whether the request is whole on its way; a connection with half of one serves nobody else. */
    private boolean isWritten;

    private boolean isQueued;
    private boolean isOver;

    public Attempt(Listener listener, UpstreamGroup.Lease lease) {
        this.listener = listener;
        this.lease = lease;
    }

    public UpstreamGroup.Lease lease() {
        return lease;
    }

    /** Sends a head. The listener is told what comes of it; a write that fails shows as the end of the connection. */
    public void send(HttpMethod method, String uri, MultiMap headers, boolean hasBody, boolean isUpgrade) {
        HttpClientStream to = connected();
        to.headHandler(head -> listener.responded(
                this,
                new UpstreamResponse(
                        to, head, Objects.requireNonNull(connection).channel())));
        to.earlyHintsHandler(hints -> listener.hinted(this, hints));
        to.exceptionHandler(this::failed);
        boolean isChunked = hasBody && !headers.contains(HttpHeaders.CONTENT_LENGTH);
        isWritten = !hasBody && !isUpgrade;
        to.writeHead(
                new HttpRequestHead(method, uri, headers, null, "", null), isChunked, null, isWritten, null, isUpgrade);
    }

    /** Takes the request's body; after an upgrade, the bytes of the client. */
    public WriteStream<Buffer> body() {
        return connected();
    }

    /** Ends the request's body. Only what is written counts as sent: a response may come before that. */
    public Future<Void> endBody() {
        return connected().end().onSuccess(written -> isWritten = true);
    }

    private HttpClientStream connected() {
        return Objects.requireNonNull(stream);
    }

    /** Whether not a byte of the request can have reached anybody. */
    public boolean isUnsent() {
        return stream == null;
    }

    /** Whether it was given a connection that had served before, which may have been closed meanwhile. */
    public boolean isOnOldConnection() {
        return connection != null && connection.wasUsed();
    }

    @Override
    public boolean isOver() {
        return isOver;
    }

    /** Whether it waits for a connection that another request has, which tells nothing about the upstream. */
    public boolean isQueued() {
        return isQueued;
    }

    @Override
    public void waiting(boolean isNowQueued) {
        isQueued = isNowQueued;
    }

    @Override
    public void connected(ConnectionPool.PooledConnection acquired) {
        connection = acquired;
        acquired.open()
                .onSuccess(opened -> {
                    stream = opened;
                    if (!isOver) {
                        listener.connected(this);
                    }
                })
                .onFailure(this::failed);
    }

    @Override
    public void failed(Throwable failure) {
        listener.failed(this, failure);
    }

    /**
     * Ends it after a whole response.
     *
     * @param isReusable whether the response leaves the connection open; half a request closes it all the same
     */
    public void complete(boolean isReusable) {
        if (!isWritten || !isReusable) {
            abandon();
            return;
        }
        ConnectionPool.PooledConnection done = end();
        if (done != null) {
            done.release();
        }
    }

    /** Ends it with something left of the request or of its response, which no other request may get to see. */
    public void abandon() {
        ConnectionPool.PooledConnection abandoned = end();
        if (abandoned != null) {
            abandoned.close();
        }
    }

    private ConnectionPool.@Nullable PooledConnection end() {
        isOver = true;
        lease.release();
        ConnectionPool.PooledConnection held = connection;
        connection = null;
        return held;
    }
}
