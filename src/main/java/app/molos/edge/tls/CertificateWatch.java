package app.molos.edge.tls;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the certificates again when one of their files has changed, and serves with them only if they fit together: a
 * program that renews them is caught between its two writes sooner or later. Confined to one event loop, but for what
 * is asked of it.
 */
public final class CertificateWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);

    private final Vertx vertx;
    private final TlsConfig config;
    private final TlsConfig.Files files;
    private final Clock clock;
    private final Function<Certificates, Future<?>> use;
    private volatile Certificates served;
    private volatile String problem = "";
    private List<String> marks = List.of();
    /** What was read, good or not; not what is good and not valid yet. */
    private List<String> tried = List.of();

    private boolean isLooking;

    /**
     * Begins to watch, until Vert.x is closed.
     *
     * @param served what is served with now
     * @param use has new handshakes get other certificates; a failure leaves what was
     */
    public CertificateWatch(
            Vertx vertx, TlsConfig config, Certificates served, Clock clock, Function<Certificates, Future<?>> use) {
        this.vertx = vertx;
        this.config = config;
        this.files = config.files().orElseThrow();
        this.served = served;
        this.clock = clock;
        this.use = use;
    }

    public CertificateWatch start() {
        vertx.setPeriodic(config.watchInterval().toMillis(), t -> look());
        return this;
    }

    /** Returns why the files are not served with; empty when they are. */
    public String problem() {
        return problem;
    }

    /** How long the first certificate that expires is still valid. */
    public Duration left() {
        return Duration.between(clock.instant(), served.expires());
    }

    /** When the first certificate expires. */
    public Instant expires() {
        return served.expires();
    }

    /**
     * Two looks must agree before files are read: what is being written changes between them. The first two read what is
     * served, in case that changed while it was read.
     */
    private void look() {
        if (isLooking) {
            return;
        }
        isLooking = true;
        vertx.executeBlocking(this::changed, false)
                .compose(found -> found == null
                        ? Future.succeededFuture()
                        : use.apply(found).onSuccess(v -> {
                            served = found;
                            problem = "";
                            LOG.info("New certificates are served: {}", found);
                        }))
                .onFailure(e -> refuse(e instanceof TlsProblem known ? known.what() : e.toString()))
                .onComplete(done -> isLooking = false);
    }

    private void refuse(String what) {
        if (what.equals(problem)) {
            return;
        }
        problem = what;
        LOG.warn("The certificates have changed and are not used; the old ones still are. {}", what);
    }

    /** Returns what is to be served with from now on; null when nothing has changed, or not for long enough. */
    private @Nullable Certificates changed() {
        List<String> now = marks();
        boolean isCalm = now.equals(marks);
        marks = now;
        if (!isCalm || now.equals(tried)) {
            return null;
        }
        Certificates found;
        try {
            found = Certificates.read(files);
        } catch (TlsProblem e) {
            tried = now;
            throw e;
        }
        if (found.isInvalidAt(clock.instant()) && !served.isInvalidAt(clock.instant())) {
            throw new TlsProblem("The new one is not valid now: " + found, "one that is");
        }
        tried = now;
        if (found.isSame(served)) {
            problem = "";
            return null;
        }
        return found;
    }

    /** What changes with the content of each file, links followed: certbot's are links that it moves. */
    private List<String> marks() {
        List<String> found = new ArrayList<>();
        Stream.concat(
                        files.pairs().stream().flatMap(pair -> Stream.of(pair.certificate(), pair.key())),
                        files.keyStore().stream().flatMap(store -> Stream.of(store.file(), store.passwordFile())))
                .forEach(file -> found.add(mark(file)));
        return found;
    }

    private static String mark(Path file) {
        try {
            CRC32 content = new CRC32();
            content.update(Files.readAllBytes(file));
            return file.toRealPath() + " " + Files.getLastModifiedTime(file) + " " + content.getValue();
        } catch (IOException e) {
            return "none";
        }
    }
}
