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
 * Serves a module's directory: what lies in it, with an ETag, in parts if asked, compressed if that lies beside it, and the
 * start page for addresses that the page's own script resolves. Never a dot-file, never a file that a link leads out to.
 */
public final class StaticFiles {
    /** Lookups on worker threads at once; a disk that hangs must not fill the heap with waiting requests. */
    private static final int MAX_LOOKUPS = 1000;

    private static final String INDEX = "index.html";
    private static final String CACHING = "edge.file-caching";
    private static final CharSequence BYTES = HttpHeaders.createOptimized("bytes");

    /** What can lie beside a file in its place, the better first. */
    private enum Coding {
        BR("br", ".br"),
        GZIP("gzip", ".gz");

        private final String token;
        private final String suffix;

        Coding(String token, String suffix) {
            this.token = token;
            this.suffix = suffix;
        }
    }

    /**
     * A file to send, or a directory to be redirected into.
     *
     * @param named the file that was asked for, which tells the type
     * @param file what is sent: that file, or the compressed one beside it
     * @param hasOthers whether other clients get it in another coding
     */
    private record Found(
            Path named, Path file, long size, String etag, @Nullable Coding coding, boolean hasOthers, boolean isDirectory) {}

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
        // A part of a compressed file is of no use to who asks for a part of the file.
        String accepted = ctx.request().headers().contains("range")
                ? "" : String.join(",", ctx.request().headers().getAll(HttpHeaders.ACCEPT_ENCODING));
        Future<@Nullable Found> lookup = vertx.executeBlocking(() -> find(root, relative, mayFallBack, accepted), false);
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
        if (found.hasOthers()) {
            response.putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }
        ctx.put(CACHING, FileCaching.of(found.named()));
        if (matches(ctx.request().getHeader(HttpHeaders.IF_NONE_MATCH), found.etag())) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, contentType(found.named())).putHeader(HttpHeaders.ACCEPT_RANGES, BYTES);
        if (found.coding() != null) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, found.coding().token);
        }
        ByteRange range = ByteRange.of(ctx.request(), found.etag(), found.size());
        if (range == ByteRange.UNSATISFIABLE) {
            response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + found.size());
            ctx.fail(HttpError.of(416, "RANGE_NOT_SATISFIABLE", "The file has no such part."));
            return;
        }
        if (range.length() < found.size()) {
            response.setStatusCode(206).putHeader(HttpHeaders.CONTENT_RANGE,
                    "bytes " + range.start() + "-" + (range.start() + range.length() - 1) + "/" + found.size());
        }
        if (ctx.request().method() == HttpMethod.HEAD) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(range.length())).end();
        } else {
            response.sendFile(found.file().toString(), range.start(), range.length()).onFailure(ctx::fail);
        }
    }

    /** What the file of this answer says about its own age, for who puts on the last headers; null when it is no file. */
    public static @Nullable FileCaching cachingOf(RoutingContext ctx) {
        return ctx.get(CACHING);
    }

    private static @Nullable Found find(Path root, String relative, boolean mayFallBack, String accepted) throws IOException {
        Found found = lookUp(root, relative);
        Found known = found == null && mayFallBack ? lookUp(root, INDEX) : found;
        return known == null || known.isDirectory() ? known : inBestCoding(root, known, accepted);
    }

    private static Found inBestCoding(Path root, Found plain, String accepted) throws IOException {
        Found best = plain;
        for (Coding coding : Coding.values()) {
            Path beside = plain.named().resolveSibling(plain.named().getFileName() + coding.suffix);
            if (!Files.isRegularFile(beside) || !beside.toRealPath().startsWith(root)) {
                continue;
            }
            boolean isFirst = best.coding() == null;
            if (isFirst && accepts(accepted, coding.token)) {
                BasicFileAttributes attributes = Files.readAttributes(beside, BasicFileAttributes.class);
                best = new Found(plain.named(), beside, attributes.size(), etag(attributes), coding, true, false);
            } else if (isFirst) {
                best = new Found(plain.named(), plain.file(), plain.size(), plain.etag(), null, true, false);
            }
        }
        return best;
    }

    private static boolean accepts(String accepted, String token) {
        for (String part : accepted.split(",")) {
            String[] words = part.trim().split("\\s*;\\s*");
            if (words.length > 0 && words[0].equalsIgnoreCase(token)) {
                return words.length == 1 || !words[1].matches("q=0(\\.0*)?");
            }
        }
        return false;
    }

    private static String etag(BasicFileAttributes attributes) {
        return "\"" + Long.toHexString(attributes.lastModifiedTime().toMillis()) + "-" + Long.toHexString(attributes.size()) + "\"";
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
                    : new Found(path, path, 0, "", null, false, true);
        }
        return attributes.isRegularFile() && Files.isReadable(path)
                ? new Found(path, path, attributes.size(), etag(attributes), null, false, false)
                : null;
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
