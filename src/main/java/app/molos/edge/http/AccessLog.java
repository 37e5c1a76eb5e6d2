package app.molos.edge.http;

import app.molos.edge.config.BoundedOutput;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line a request: who, what, how it ended, how long it took. No query values, no headers but the user agent.
 * Who is refused unread must not fill the disk: of those, some are written and the others counted.
 * Each event loop has its own buffer, which is handed on whole.
 */
public final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final CharSequence FETCH_SITE = HttpHeaders.createOptimized("sec-fetch-site");
    private static final Set<String> SITES = Set.of("same-origin", "same-site", "cross-site", "none");
    /** Refused because of what came before, unread: they come by the thousand, and each says the same. */
    private static final String BANNED = "BANNED";

    private static final Set<String> BEYOND = Set.of("TOO_MANY_REQUESTS", "OVERLOADED");
    /** Lines of those in a second; the next line that is written says how many were left out. */
    private static final int MOST_REFUSED = 100;

    private static final int FLUSH_AT = 64 * 1024;
    private static final int MAX_TEXT = 512;
    private static final int CLOSE_MILLIS = 1000;

    private final Vertx vertx;
    private final BoundedOutput out;
    private final Clock clock;
    private final long flushMillis;

    public AccessLog(Vertx vertx, BoundedOutput out, Clock clock, Duration flush) {
        this.vertx = vertx;
        this.out = out;
        this.clock = clock;
        this.flushMillis = flush.toMillis();
    }

    /** Lines that were dropped because the output could not keep up. */
    public long dropped() {
        return out.dropped();
    }

    /** The writer of one event loop; call on that loop. */
    Loop loop() {
        return new Loop();
    }

    /** Writes what is waiting, but not without end: a reader that stopped must not keep the process from ending. */
    public void close() {
        if (!out.drain(CLOSE_MILLIS)) {
            LOG.warn("The end of the access log was not taken in time");
        }
    }

    /** Confined to one event loop. */
    final class Loop {
        private final StringBuilder buffer = new StringBuilder(FLUSH_AT + 1024);
        private int lines;
        /** Lines within this second. */
        private int banned;

        private int beyond;

        private long leftOut;
        private long second;
        /** How lines of this second begin. */
        private String begun = "";

        private Loop() {
            vertx.setPeriodic(flushMillis, t -> flush());
        }

        void record(RequestContext context, HttpServerRequest request, int status, long bytes, long nanos) {
            int millis = tick();
            if (isLeftOut(context)) {
                leftOut++;
                return;
            }
            StringBuilder line = buffer;
            time(millis);
            line.append(",\"id\":\"").append(context.id());
            line.append("\",\"client\":\"").append(context.client()).append("\",\"method\":\"");
            text(request.method().name());
            line.append("\",\"path\":\"");
            text(context.loggedPath().isEmpty() ? pathOf(request.uri()) : context.loggedPath());
            line.append("\",\"status\":").append(status).append(",\"bytes\":").append(bytes);
            line.append(",\"us\":").append(nanos / 1000);
            if (!context.module().isEmpty()) {
                line.append(",\"module\":\"").append(context.module()).append('"');
            }
            if (context.recognized() instanceof SignedIn known) {
                line.append(",\"person\":\"").append(known.user().id()).append('"');
            }
            word("upstream", context.upstream());
            word("code", context.code());
            word("limit", context.limit());
            String site = request.headers().get(FETCH_SITE);
            if (site != null && SITES.contains(site)) {
                word("site", site);
            }
            String agent = request.headers().get(HttpHeaders.USER_AGENT);
            if (agent != null) {
                line.append(",\"agent\":\"");
                text(agent);
                line.append('"');
            }
            if (leftOut > 0) {
                line.append(",\"leftOut\":").append(leftOut);
                leftOut = 0;
            }
            line.append("}\n");
            lines++;
            if (buffer.length() >= FLUSH_AT) {
                flush();
            }
        }

        /** Of those who are banned, and of those who are beyond a limit, so many a second are written. */
        private boolean isLeftOut(RequestContext context) {
            if (context.code().equals(BANNED)) {
                return ++banned > MOST_REFUSED;
            }
            return !context.limit().isEmpty() && BEYOND.contains(context.code()) && ++beyond > MOST_REFUSED;
        }

        /** When no other line came that could say it. */
        private void sayLeftOut() {
            long before = second;
            int millis = tick();
            if (second != before) {
                time(millis);
                buffer.append(",\"leftOut\":").append(leftOut).append("}\n");
                leftOut = 0;
                lines++;
            }
        }

        void flush() {
            if (leftOut > 0) {
                sayLeftOut();
            }
            if (lines > 0) {
                byte[] bytes = take();
                out.write(bytes, 0, bytes.length);
                lines = 0;
            }
        }

        private byte[] take() {
            byte[] bytes = buffer.toString().getBytes(StandardCharsets.UTF_8);
            buffer.setLength(0);
            return bytes;
        }

        /** Begins another second when it is time; returns how much of it is over, in milliseconds. */
        private int tick() {
            long now = clock.millis();
            if (now / 1000 != second) {
                second = now / 1000;
                banned = 0;
                beyond = 0;
                String text = Instant.ofEpochSecond(second).toString();
                begun = "{\"time\":\"" + text.substring(0, text.length() - 1);
            }
            return (int) (now % 1000);
        }

        /** Begins a line. The date and second change rarely; only the milliseconds are new in each. */
        private void time(int millis) {
            buffer.append(begun)
                    .append(millis < 10 ? ".00" : millis < 100 ? ".0" : ".")
                    .append(millis)
                    .append("Z\"");
        }

        /** One of the edge's own words, if there is one. */
        private void word(String name, String value) {
            if (!value.isEmpty()) {
                buffer.append(",\"").append(name).append("\":\"").append(value).append('"');
            }
        }

        /** CONNECT of HTTP/2 has none. */
        private static String pathOf(@Nullable String uri) {
            if (uri == null) {
                return "";
            }
            int query = uri.indexOf('?');
            return query < 0 ? uri : uri.substring(0, query);
        }

        /** Text from the client: escaped, so that it can neither end the string nor move the terminal's cursor. */
        private void text(String text) {
            int length = Math.min(text.length(), MAX_TEXT);
            for (int i = 0; i < length; i++) {
                char c = text.charAt(i);
                if (c == '"' || c == '\\') {
                    buffer.append('\\').append(c);
                } else if (c < ' ' || c >= 127) {
                    buffer.append("\\u")
                            .append(Character.forDigit(c >> 12, 16))
                            .append(Character.forDigit(c >> 8 & 15, 16))
                            .append(Character.forDigit(c >> 4 & 15, 16))
                            .append(Character.forDigit(c & 15, 16));
                } else {
                    buffer.append(c);
                }
            }
        }
    }
}
