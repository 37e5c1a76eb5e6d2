package app.molos.edge.modules;

import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.MimeMapping;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Serves a module's directory: what lies in it, with an ETag, and the start page for addresses that the page's own script
 * resolves. Never a dot-file, never a file that a link leads out to.
 */
public final class StaticFiles {
    /** Lookups on worker threads at once; a disk that hangs must not fill the heap with waiting requests. */
    private static final int MAX_LOOKUPS = 1000;

    private static final String INDEX = "index.html";

    /** A file to send, or a directory to be redirected into. */
    private record Found(Path file, long size, String etag, boolean isDirectory) {}

    private final Vertx vertx;
    private final Semaphore lookups = new Semaphore(MAX_LOOKUPS);

    public StaticFiles(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Answers GET and HEAD; {@code path} is the request's path without the module's prefix, still percent-encoded. */
    public void serve(RoutingContext ctx, Path root, String path) {
        HttpMethod method = ctx.request().method();
        if (method != HttpMethod.GET && method != HttpMethod.HEAD) {
            ctx.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            ctx.fail(HttpError.of(405, "METHOD_NOT_ALLOWED", "Only GET and HEAD have a meaning here."));
            return;
        }
        String relative = decode(path);
        if (relative == null) {
            ctx.fail(404);
            return;
        }
        if (!lookups.tryAcquire()) {
            ctx.fail(HttpError.unavailable("TOO_BUSY", "Too many files are asked for right now.", 1, null));
            return;
        }
        boolean mayFallBack = wantsPage(ctx) && relative.indexOf('.', relative.lastIndexOf('/') + 1) < 0;
        Future<@Nullable Found> lookup = vertx.executeBlocking(() -> find(root, relative, mayFallBack), false);
        lookup.onComplete(done -> lookups.release())
                .onSuccess(found -> {
                    if (found == null) {
                        ctx.fail(404);
                    } else if (found.isDirectory()) {
                        String query = ctx.request().query();
                        ctx.response()
                                .setStatusCode(308)
                                .putHeader(HttpHeaders.LOCATION, ctx.normalizedPath() + "/" + (query == null ? "" : "?" + query))
                                .end();
                    } else {
                        send(ctx, found);
                    }
                })
                .onFailure(ctx::fail);
    }

    private static void send(RoutingContext ctx, Found found) {
        HttpServerResponse response = ctx.response().putHeader(HttpHeaders.ETAG, found.etag());
        if (matches(ctx.request().getHeader(HttpHeaders.IF_NONE_MATCH), found.etag())) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, contentType(found.file()));
        if (ctx.request().method() == HttpMethod.HEAD) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(found.size())).end();
        } else {
            response.sendFile(found.file().toString()).onFailure(ctx::fail);
        }
    }

    private static @Nullable Found find(Path root, String relative, boolean mayFallBack) throws IOException {
        Found found = lookUp(root, relative);
        return found == null && mayFallBack ? lookUp(root, INDEX) : found;
    }

    private static @Nullable Found lookUp(Path root, String relative) throws IOException {
        Path path;
        try {
            path = root.resolve(relative).toRealPath();
        } catch (IOException | InvalidPathException e) {
            return null;
        }
        if (!path.startsWith(root) || hasDotSegment(root.relativize(path).toString())) {
            return null;
        }
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            Path index = path.resolve(INDEX);
            if (!Files.isRegularFile(index)) {
                return null;
            }
            return relative.isEmpty() || relative.endsWith("/")
                    ? lookUp(root, root.relativize(index).toString())
                    : new Found(path, 0, "", true);
        }
        String etag = "\"" + Long.toHexString(attributes.lastModifiedTime().toMillis()) + "-"
                + Long.toHexString(attributes.size()) + "\"";
        return attributes.isRegularFile() && Files.isReadable(path) ? new Found(path, attributes.size(), etag, false) : null;
    }

    /** The decoded path inside the directory; null when it names a dot-file or hides a separator. */
    private static @Nullable String decode(String path) {
        String relative = path.startsWith("/") ? path.substring(1) : path;
        int slashes = (int) relative.chars().filter(c -> c == '/').count();
        String decoded = relative.indexOf('%') < 0
                ? relative
                : URLDecoder.decode(relative.replace("+", "%2B"), StandardCharsets.UTF_8);
        boolean hidesSeparator = decoded.chars().filter(c -> c == '/').count() != slashes;
        return hidesSeparator || decoded.startsWith("/") || hasDotSegment(decoded) || decoded.contains("//") ? null : decoded;
    }

    private static boolean hasDotSegment(String path) {
        return path.startsWith(".") || path.contains("/.");
    }

    private static boolean wantsPage(RoutingContext ctx) {
        String accept = ctx.request().getHeader(HttpHeaders.ACCEPT);
        return accept == null || accept.contains("text/html") || accept.contains("*/*");
    }

    private static boolean matches(@Nullable String header, String etag) {
        if (header == null) {
            return false;
        }
        for (String candidate : header.split(",")) {
            String tag = candidate.trim();
            if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }

    private static String contentType(Path file) {
        String type = MimeMapping.mimeTypeForFilename(String.valueOf(file.getFileName()));
        if (type == null) {
            return "application/octet-stream";
        }
        boolean isText = type.startsWith("text/") || type.equals("application/javascript")
                || type.equals("application/json") || type.equals("image/svg+xml");
        return isText ? type + "; charset=utf-8" : type;
    }
}
