package app.molos.edge.testing;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;

/**
 * The same requests and answers by HTTP/2 over TLS. The JDK's client would not do: it lets nobody choose the authority.
 */
final class Http2Client {
    private record Answer(int statusCode, HttpHeaders headers, String body, URI uri) implements HttpResponse<String> {
        @Override
        public HttpRequest request() {
            return HttpRequest.newBuilder(uri).build();
        }

        @Override
        public Optional<HttpResponse<String>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public java.net.http.HttpClient.Version version() {
            return java.net.http.HttpClient.Version.HTTP_2;
        }
    }

    private static final HttpClient CLIENT = Vertx.vertx()
            .createHttpClient(new HttpClientOptions()
                    .setSsl(true)
                    .setTrustAll(true)
                    .setVerifyHost(false)
                    .setUseAlpn(true)
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setConnectTimeout(5000));

    private Http2Client() {}

    /** @param headers names and values by turns; Host becomes the authority, and each cookie a header of its own */
    static HttpResponse<String> send(int port, String method, String path, String body, String... headers) {
        RequestOptions options = new RequestOptions()
                .setServer(SocketAddress.inetSocketAddress(port, "127.0.0.1"))
                .setHost("127.0.0.1")
                .setPort(port)
                .setMethod(HttpMethod.valueOf(method))
                .setURI(path);
        HostAndPort authority = null;
        for (int i = 0; i < headers.length; i += 2) {
            if (headers[i].equalsIgnoreCase("Host")) {
                authority = HostAndPort.parseAuthority(headers[i + 1], 443);
            } else if (headers[i].equalsIgnoreCase("Cookie")) {
                for (String crumb : headers[i + 1].split("; ", -1)) {
                    options.addHeader("Cookie", crumb);
                }
            } else {
                options.addHeader(headers[i], headers[i + 1]);
            }
        }
        HostAndPort chosen = authority;
        try {
            return CLIENT.request(options)
                    .compose(request -> {
                        if (chosen != null) {
                            request.authority(chosen);
                        }
                        return (body == null ? request.send() : request.send(Buffer.buffer(body)))
                                .compose(response -> response.body().map(bytes -> {
                                    if (response.version() != HttpVersion.HTTP_2) {
                                        throw new AssertionError("answered by " + response.version());
                                    }
                                    Map<String, List<String>> all = new HashMap<>();
                                    response.headers()
                                            .names()
                                            .forEach(name -> all.put(
                                                    name, response.headers().getAll(name)));
                                    return new Answer(
                                            response.statusCode(),
                                            HttpHeaders.of(all, (name, value) -> true),
                                            bytes.toString(StandardCharsets.UTF_8),
                                            URI.create("https://127.0.0.1:" + port));
                                }));
                    })
                    .await(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
