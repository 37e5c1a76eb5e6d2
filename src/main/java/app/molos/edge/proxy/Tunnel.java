package app.molos.edge.proxy;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;

/** Two connections that are no HTTP any more after an upgrade: bytes pass both ways, each as fast as the other side takes them. */
final class Tunnel {
    private Tunnel() {}

    /**
     * Sends the 101 that was prepared on the request's response and joins the two.
     *
     * @param closed runs when it is over
     */
    static Future<NetSocket> join(
            HttpServerRequest request, HttpClientRequest upstream, HttpClientResponse answer, Runnable closed) {
        NetSocket theirs = answer.netSocket();
        theirs.pause();
        return request.toNetSocket()
                .onSuccess(ours -> {
                    // The connections are closed, not the sockets: a pipe ends its socket itself, and must not do so twice.
                    ours.pipeTo(theirs).onComplete(done -> {
                        upstream.connection().close();
                        closed.run();
                    });
                    theirs.pipeTo(ours).onComplete(done -> request.connection().close());
                })
                .onFailure(failure -> upstream.connection().close());
    }
}
