package app.molos.edge.pages;

import app.molos.edge.web.EdgePaths;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/** The one stylesheet, under a name that changes with its content: browsers may keep it for good. */
final class Stylesheet {
    private static final CharSequence CSS = HttpHeaders.createOptimized("text/css; charset=utf-8");
    private static final CharSequence FOR_GOOD = HttpHeaders.createOptimized("public, max-age=31536000, immutable");
    private static final Stylesheet ONE = load();

    private final Buffer content;
    private final String path;

    private Stylesheet(byte[] bytes, String hash) {
        this.content = Buffer.buffer(bytes);
        this.path = EdgePaths.HOME + "style-" + hash + ".css";
    }

    static Stylesheet get() {
        return ONE;
    }

    String path() {
        return path;
    }

    void serve(RoutingContext ctx) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, CSS)
                .putHeader(HttpHeaders.CACHE_CONTROL, FOR_GOOD)
                .end(content);
    }

    private static Stylesheet load() {
        try (InputStream in = Stylesheet.class.getResourceAsStream("/pages/style.css")) {
            byte[] bytes = Objects.requireNonNull(in).readAllBytes();
            String hash = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .substring(0, 12);
            return new Stylesheet(bytes, hash);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
