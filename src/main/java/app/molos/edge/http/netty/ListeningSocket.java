package app.molos.edge.http.netty;

import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import org.jspecify.annotations.Nullable;

/**
 * The socket that a connection was accepted from. Vert.x closes it only after it has forgotten who serves its connections,
 * and hangs up on those that were accepted in between; closed first, none is. Thread-safe.
 */
public final class ListeningSocket {
    private final Channel channel;

    private ListeningSocket(Channel channel) {
        this.channel = channel;
    }

    /** Returns null for a connection that is not Vert.x's own. */
    public static @Nullable ListeningSocket of(HttpConnection connection) {
        Channel parent = connection instanceof HttpServerConnection ours
                ? ours.channelHandlerContext().channel().parent()
                : null;
        return parent == null ? null : new ListeningSocket(parent);
    }

    /** Accepts nothing any more; what was accepted is served. May be called again. */
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        channel.close().addListener(done -> closed.complete());
        return closed.future();
    }
}
