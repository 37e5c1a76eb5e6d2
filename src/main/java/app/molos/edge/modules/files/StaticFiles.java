package app.molos.edge.modules.files;

import app.molos.edge.web.AcceptEncoding;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.MimeMapping;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves a module's directory: what lies in it, with an ETag, in parts if asked, compressed if that lies beside it, and
 * the start page for addresses that the page's own script resolves. Never a dot-file, never a file that a link leads
 * out to.
 */
public final class StaticFiles {
    /** Lookups on worker threads at once; a disk that hangs must not fill the heap with waiting requests. */
    private static final int MAX_LOOKUPS = 1000;

    private static final String INDEX = "index.html";
    private static final HttpError NOT_FOUND = HttpError.of(404, "NOT_FOUND", "Not Found");
    private static final CharSequence BYTES = HttpHeaders.createOptimized("bytes");

    /** Codings whose file may lie beside the plain one, the better first. */
    private enum Coding {
        BR("br", ".br"),
        GZIP("gzip", ".gz");

        private final String token;
        private final String suffix;

        Coding(String token, String suffix) {
            this.token = token;
            this.suffix = suffix;
        }

        private static Set<Coding> takenBy(HttpServerRequest request) {
            Set<Coding> taken = EnumSet.allOf(Coding.class);
            taken.removeIf(coding -> !AcceptEncoding.takes(request, coding.token));
            return taken;
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
            Path named,
            Path file,
            long size,
            String etag,
            @Nullable Coding coding,
            boolean hasOthers,
            boolean isDirectory) {}

    private final Vertx vertx;
    private final Semaphore lookups = new Semaphore(MAX_LOOKUPS);

    public StaticFiles(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Puts the last headers on a response that is a file's; what the file says of its own age, or null when it is no
     * file.
     */
    public interface HeadFilter {
        void apply(MultiMap headers, @Nullable FileCaching caching);
    }

    /** One request for a file. Confined to the request's event loop. */
    private static final class Asked {
        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final RequestContext context;
        private final Consumer<Throwable> failed;
        private @Nullable FileCaching caching;

        Asked(HttpServerRequest request, RequestContext context, HeadFilter head, Consumer<Throwable> failed) {
            this.request = request;
            this.response = request.response();
            this.context = context;
            this.failed = failed;
            response.headersEndHandler(v -> {
                if (context.code().isEmpty()) {
                    head.apply(response.headers(), caching);
                }
            });
        }
    }

    /**
     * Answers GET and HEAD.
     *
     * @param path of the request without the module's prefix, still percent-encoded
     * @param head applied to every response but an error
     */
    public void serve(
            HttpServerRequest request,
            RequestContext context,
            Path root,
            String path,
            HeadFilter head,
            Consumer<Throwable> failed) {
        serve(new Asked(request, context, head, failed), root, path);
    }

    private void serve(Asked asked, Path root, String path) {
        if (!ReadMethod.is(asked.request)) {
            asked.response.putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            asked.failed.accept(HttpError.of(405, "METHOD_NOT_ALLOWED", "Only GET and HEAD have a meaning here."));
            return;
        }
        String relative = decode(path);
        if (relative == null) {
            asked.failed.accept(NOT_FOUND);
            return;
        }
        if (!lookups.tryAcquire()) {
            asked.failed.accept(HttpError.unavailable("TOO_BUSY", "Too many files are asked for right now.", 1, null));
            return;
        }
        boolean mayFallBack = wantsPage(asked) && relative.indexOf('.', relative.lastIndexOf('/') + 1) < 0;
        // A part of a compressed file is of no use to who asks for a part of the file.
        Set<Coding> accepted = asked.request.headers().contains("range") ? Set.of() : Coding.takenBy(asked.request);
        Future<@Nullable Found> lookup =
                vertx.executeBlocking(() -> find(root, relative, mayFallBack, accepted), false);
        lookup.onComplete(done -> lookups.release())
                .onSuccess(found -> {
                    if (found == null) {
                        asked.failed.accept(NOT_FOUND);
                    } else if (found.isDirectory()) {
                        String query = asked.request.query();
                        asked.response
                                .setStatusCode(308)
                                .putHeader(
                                        HttpHeaders.LOCATION,
                                        asked.context.path() + "/" + (query == null ? "" : "?" + query))
                                .end();
                    } else {
                        send(asked, found);
                    }
                })
                .onFailure(asked.failed::accept);
    }

    private static void send(Asked asked, Found found) {
        HttpServerResponse response = asked.response.putHeader(HttpHeaders.ETAG, found.etag());
        if (found.hasOthers()) {
            response.putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }
        asked.caching = FileCaching.of(found.named());
        if (matches(asked.request.getHeader(HttpHeaders.IF_NONE_MATCH), found.etag())) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, contentType(found.named()))
                .putHeader(HttpHeaders.ACCEPT_RANGES, BYTES);
        if (found.coding() != null) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, found.coding().token);
        }
        ByteRange range = ByteRange.of(asked.request, found.etag(), found.size());
        if (range.equals(ByteRange.UNSATISFIABLE)) {
            response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + found.size());
            asked.failed.accept(HttpError.of(416, "RANGE_NOT_SATISFIABLE", "The file has no such part."));
            return;
        }
        if (range.length() < found.size()) {
            response.setStatusCode(206)
                    .putHeader(
                            HttpHeaders.CONTENT_RANGE,
                            "bytes " + range.start() + "-" + (range.start() + range.length() - 1) + "/" + found.size());
        }
        if (ReadMethod.isHead(asked.request)) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(range.length()))
                    .end();
        } else {
            response.sendFile(found.file().toString(), range.start(), range.length())
                    .onFailure(asked.failed::accept);
        }
    }

    private static @Nullable Found find(Path root, String relative, boolean mayFallBack, Set<Coding> accepted)
            throws IOException {
        Found found = lookUp(root, relative);
        Found known = found == null && mayFallBack ? lookUp(root, INDEX) : found;
        return known == null || known.isDirectory() ? known : inBestCoding(root, known, accepted);
    }

    private static Found inBestCoding(Path root, Found plain, Set<Coding> accepted) throws IOException {
        Found best = plain;
        for (Coding coding : Coding.values()) {
            Path beside = plain.named().resolveSibling(plain.named().getFileName() + coding.suffix);
            if (!Files.isRegularFile(beside) || !beside.toRealPath().startsWith(root)) {
                continue;
            }
            boolean isFirst = best.coding() == null;
            if (isFirst && accepted.contains(coding)) {
                BasicFileAttributes attributes = Files.readAttributes(beside, BasicFileAttributes.class);
                best = new Found(plain.named(), beside, attributes.size(), etag(attributes), coding, true, false);
            } else if (isFirst) {
                best = new Found(plain.named(), plain.file(), plain.size(), plain.etag(), null, true, false);
            }
        }
        return best;
    }

    private static String etag(BasicFileAttributes attributes) {
        return "\"" + Long.toHexString(attributes.lastModifiedTime().toMillis()) + "-"
                + Long.toHexString(attributes.size()) + "\"";
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
        return hidesSeparator || decoded.startsWith("/") || hasDotSegment(decoded) || decoded.contains("//")
                ? null
                : decoded;
    }

    private static boolean hasDotSegment(String path) {
        return path.startsWith(".") || path.contains("/.");
    }

    private static boolean wantsPage(Asked asked) {
        String accept = asked.request.getHeader(HttpHeaders.ACCEPT);
        return accept == null || accept.contains("text/html") || accept.contains("*/*");
    }

    private static boolean matches(@Nullable String header, String etag) {
        if (header == null) {
            return false;
        }
        for (String candidate : header.split(",", -1)) {
            String tag = candidate.trim();
            if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }

    static String contentType(Path file) {
        String type = MimeMapping.mimeTypeForFilename(String.valueOf(file.getFileName()));
        if (type == null) {
            return "application/octet-stream";
        }
        boolean isText = type.startsWith("text/")
                || type.equals("application/javascript")
                || type.equals("application/json")
                || type.equals("image/svg+xml");
        return isText ? type + "; charset=utf-8" : type;
    }
}
