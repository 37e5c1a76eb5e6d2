import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.httpproxy.HttpProxy;

/**
 * What the edge is measured against, run straight from this source file: a bare Vert.x server that answers the same bytes
 * as the edge's small answers, a bare vertx-http-proxy, and the upstream of both.
 *
 * <p>Arguments: {@code answer PORT BYTES [STATUS]} | {@code proxy PORT UPSTREAM_PORT}
 */
public final class Reference {
    public static void main(String[] arguments) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
        int port = Integer.parseInt(arguments[1]);
        int operand = Integer.parseInt(arguments[2]);
        HttpServerOptions options = new HttpServerOptions().setHost("127.0.0.1").setPort(port).setTcpNoDelay(true);
        var server = vertx.createHttpServer(options);
        if (arguments[0].equals("answer")) {
            Buffer body = Buffer.buffer("x".repeat(operand));
            int status = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 200;
            server.requestHandler(request -> request.response()
                    .setStatusCode(status)
                    .putHeader("content-type", "application/json")
                    .end(body));
        } else {
            HttpClient client = vertx.createHttpClient(
                    new HttpClientOptions().setTcpNoDelay(true), new PoolOptions().setHttp1MaxSize(256));
            server.requestHandler(HttpProxy.reverseProxy(client).origin(operand, "127.0.0.1"));
        }
        server.listen().onSuccess(s -> System.out.println("listening on " + s.actualPort())).onFailure(e -> {
            e.printStackTrace();
            System.exit(1);
        });
    }
}
