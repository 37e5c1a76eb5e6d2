package app.molos.edge.testing;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** An upstream that remembers what it was sent: the head as {@code name: value} lines, and the size of the body. */
public final class FakeModule implements AutoCloseable {
    /** The last request as the module saw it. */
    public record Seen(String method, String uri, Map<String, String> headers, int bodyLength) {}

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final AtomicReference<Seen> seen = new AtomicReference<>();

    private FakeModule(Handler<HttpServerRequest> special) throws Exception {
        server = vertx.createHttpServer(new HttpServerOptions()
                        .setPerMessageWebSocketCompressionSupported(false)
                        .setPerFrameWebSocketCompressionSupported(false))
                .webSocketHandshakeHandler(handshake -> {
                    if (handshake.path().endsWith("/plain")) {
                        handshake.reject(403);
                    } else {
                        handshake.accept();
                    }
                })
                .webSocketHandler(socket -> {
                    seen.set(new Seen("WS", socket.uri(), copy(socket.headers()), 0));
                    socket.textMessageHandler(text -> socket.writeTextMessage("echo " + text));
                })
                .requestHandler(request -> request.body().onSuccess(body -> {
                    seen.set(new Seen(request.method().name(), request.uri(), copy(request.headers()), body.length()));
                    special.handle(request);
                    if (!request.response().ended() && !request.response().headWritten()) {
                        request.response().end(Buffer.buffer("module " + request.uri()));
                    }
                }));
        server.listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS);
    }

    public static FakeModule start() throws Exception {
        return new FakeModule(request -> {});
    }

    /** {@code special} may set headers or end the answer itself. */
    public static FakeModule start(Handler<HttpServerRequest> special) throws Exception {
        return new FakeModule(special);
    }

    public int port() {
        return server.actualPort();
    }

    public Seen seen() {
        return seen.get();
    }

    private static Map<String, String> copy(io.vertx.core.MultiMap headers) {
        Map<String, String> copy = new ConcurrentHashMap<>();
        headers.forEach(
                (name, value) -> copy.merge(name.toLowerCase(java.util.Locale.ROOT), value, (a, b) -> a + " | " + b));
        return copy;
    }

    @Override
    public void close() throws Exception {
        // A socket that the other side is closing at this moment fails the close; it is closed all the same.
        vertx.close().otherwiseEmpty().await(10, TimeUnit.SECONDS);
    }
}
