package app.molos.edge.web;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bodies of the edge's own endpoints, which are short. Each byte is paid for from the {@link InboundBudget}
 * as it arrives, and a body must be whole in time, however steadily it drips. vertx-web's BodyHandler keeps what it was
 * sent without asking anybody.
 */
public final class BodyReader implements Handler<RoutingContext> {
    /** The edge's own JSON and forms stay far below it. */
    public static final int MAX_LENGTH = 16 * 1024;

    private static final int MAX_FIELDS = 100;
    private static final String KEY = "edge.body";
    private static final HttpError TOO_LARGE = HttpError.of(
            413, "PAYLOAD_TOO_LARGE", "The body is larger than the " + MAX_LENGTH / 1024 + " KiB that are read here.");
    private static final HttpError TOO_SLOW =
            HttpError.of(408, "REQUEST_TIMEOUT", "The body of the request did not arrive in time.");
    private static final HttpError NO_EXPECTATION =
            HttpError.of(417, "EXPECTATION_FAILED", "Nothing but 100-continue can be expected here.");
    /** While the {@link InboundBudget} is spent. */
    public static final HttpError NO_ROOM = HttpError.unavailable(
            "OVERLOADED", "Too many requests are being sent at this moment. Try again in a moment.", 2, null);

    private final Vertx vertx;
    private final InboundBudget budget;
    private final long millis;

    /** @param deadline from the head of a request to the last byte of its body */
    public BodyReader(Vertx vertx, InboundBudget budget, Duration deadline) {
        this.vertx = vertx;
        this.budget = budget;
        this.millis = deadline.toMillis();
    }

    /** The body that was read; empty when there was none. */
    public static Buffer of(RoutingContext ctx) {
        Reading reading = ctx.get(KEY);
        return reading == null ? Buffer.buffer() : reading.body;
    }

    /** The same as the fields of a form. Fails with 400 for what is none. */
    public static MultiMap form(RoutingContext ctx) {
        Reading reading = ctx.get(KEY);
        if (reading == null) {
            return MultiMap.caseInsensitiveMultiMap();
        }
        MultiMap form = reading.form;
        if (form == null) {
            form = decode(reading.body);
            reading.form = form;
        }
        return form;
    }

    private static MultiMap decode(Buffer body) {
        MultiMap form = MultiMap.caseInsensitiveMultiMap();
        try {
            new QueryStringDecoder(body.toString(StandardCharsets.UTF_8), StandardCharsets.UTF_8, false, MAX_FIELDS)
                    .parameters()
                    .forEach(form::add);
        } catch (IllegalArgumentException e) {
            throw HttpError.of(400, "BAD_REQUEST", "The form has a malformed escape.");
        }
        return form;
    }

    /** Whether a request's head says that a body follows: a length other than zero, or a transfer coding. */
    public static boolean isAnnounced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null
                ? request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                : !length.trim().equals("0");
    }

    @Override
    public void handle(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        if (!RequestContext.of(ctx).hasBody(request)) {
            ctx.next();
            return;
        }
        String declared = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // What is longer than a number has digits for is certainly too long.
        if (declared != null && (declared.length() > 18 || Long.parseLong(declared) > MAX_LENGTH)) {
            ctx.fail(TOO_LARGE);
            return;
        }
        String expected = request.getHeader(HttpHeaders.EXPECT);
        if (expected != null && !expected.equalsIgnoreCase("100-continue")) {
            ctx.fail(NO_EXPECTATION);
            return;
        }
        Reading reading = new Reading(ctx, budget.of(RequestContext.of(ctx).client()));
        ctx.put(KEY, reading);
        reading.begin(expected != null && request.version() != HttpVersion.HTTP_1_0);
    }

    private final class Reading {
        private final RoutingContext ctx;
        private final InboundBudget.Account account;
        private final Buffer body = Buffer.buffer();
        private @Nullable MultiMap form;
        private long timer;
        private boolean isOver;
        private boolean isReleased;

        private Reading(RoutingContext ctx, InboundBudget.Account account) {
            this.ctx = ctx;
            this.account = account;
        }

        private void begin(boolean isAwaited) {
            if (!account.reserve(1)) {
                ctx.fail(NO_ROOM);
                return;
            }
            account.release(1);
            HttpServerRequest request = ctx.request();
            timer = vertx.setTimer(millis, t -> fail(TOO_SLOW));
            // What was read is kept until the response is out: those who wait for the database have it still.
            RequestContext.of(ctx).whenEnded(this::release);
            request.exceptionHandler(gone -> {
                if (end()) {
                    release();
                }
            });
            request.handler(this::take);
            request.endHandler(v -> {
                if (end()) {
                    ctx.next();
                }
            });
            if (isAwaited) {
                request.response().writeContinue();
            }
            request.resume();
        }

        private void take(Buffer part) {
            if (isOver) {
                return;
            }
            if (body.length() + part.length() > MAX_LENGTH) {
                fail(TOO_LARGE);
            } else if (!account.reserve(part.length())) {
                fail(NO_ROOM);
            } else {
                body.appendBuffer(part);
            }
        }

        private void fail(HttpError error) {
            if (end()) {
                ctx.fail(error);
            }
        }

        /** Whether it had not ended yet. */
        private boolean end() {
            boolean isFirst = !isOver;
            isOver = true;
            vertx.cancelTimer(timer);
            return isFirst;
        }

        private void release() {
            if (!isReleased) {
                isReleased = true;
                account.release(body.length());
            }
        }
    }
}
