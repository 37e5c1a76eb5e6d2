package app.molos.edge.proxy;

import app.molos.edge.web.Exchange;
import app.molos.edge.web.HttpError;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request's way to a module and back. Both bodies flow as fast as the slower side takes them; whichever side fails first,
 * the other one is told. Confined to the event loop of the request.
 */
final class Passage extends PassageClock.Timed implements Relay.Progress {
    private static final Logger LOG = LoggerFactory.getLogger(Passage.class);
    /** Answers up to this size are taken whole and sent with one write. */
    private static final int SMALL = 64 * 1024;
    private static final Buffer NOTHING = Buffer.buffer();
    private static final String EVENT_STREAM = "text/event-stream";
    private static final Set<HttpMethod> REPEATABLE =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

    private final UpstreamProxy proxy;
    private final RoutingContext ctx;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Order order;
    private final boolean isUpgrade;
    private final boolean hasBody;
    private final long startNanos = System.nanoTime();
    private Phase phase = Phase.CONNECTING;
    private long movedNanos = startNanos;
    private ModuleState.@Nullable Lease lease;
    private @Nullable HttpClientRequest upstream;
    private StreamGuard.@Nullable Guarded guarded;
    private @Nullable Verdict verdict;
    /** Whether the body waits for the module, not for the client. */
    private boolean isHeldBack;
    private boolean isRetry;
    /** Whether the request is whole on its way; a connection with half of one serves nobody else. */
    private boolean isSent;
    private boolean isHeadPut;
    private boolean isOver;

    Passage(UpstreamProxy proxy, RoutingContext ctx, Order order) {
        this.proxy = proxy;
        this.ctx = ctx;
        this.request = ctx.request();
        this.response = ctx.response();
        this.order = order;
        this.hasBody = Framing.hasBody(request);
        this.isUpgrade = !hasBody && Framing.isWebSocket(request.headers()) && request.canUpgradeToWebSocket();
    }

    void begin() {
        if (response.closed()) {
            // The client left while it was looked up; nobody would ever tell us.
            return;
        }
        // Whatever has come of the body waits until there is a connection that takes it. One that breaks off must not look like
        // one that ended: the module would take half of it for the whole.
        request.pause();
        request.exceptionHandler(this::over);
        proxy.clock().start(this);
        response.closeHandler(v -> over(null));
        proxy.state().breaker().<Void>execute(judged -> {
            verdict = new Verdict(proxy.state().breaker(), judged);
            connect();
        }).onFailure(failure -> {
            // Every other failure is one that this passage has told the breaker about.
            if (failure instanceof OpenCircuitException) {
                refuse(proxy.resting(), "its breaker is open");
            }
        });
    }

    private void connect() {
        ModuleState.Lease place = proxy.state().lease();
        if (place == null) {
            refuse(proxy.errorFor(new ConnectionPoolTooBusyException("")), "all its places are taken");
            return;
        }
        lease = place;
        phase = Phase.CONNECTING;
        proxy.connect(place.socket(), request.method(), order.uri(), isUpgrade)
                .onSuccess(connected -> {
                    if (isOver) {
                        connected.reset();
                    } else {
                        send(connected);
                    }
                })
                .onFailure(failure -> failed(null, failure));
    }

    private void send(HttpClientRequest connected) {
        upstream = connected;
        moved(Phase.SENDING);
        proxy.prepare(connected.headers(), ctx, isUpgrade, order);
        connected.exceptionHandler(failure -> failed(connected, failure));
        if (isUpgrade) {
            moved(Phase.WAITING);
            connected.connect().onSuccess(answer -> upgraded(connected, answer)).onFailure(failure -> failed(connected, failure));
            return;
        }
        connected.response().onSuccess(answer -> answer(connected, answer)).onFailure(failure -> failed(connected, failure));
        if (!hasBody) {
            moved(Phase.WAITING);
            request.resume();
            isSent = true;
            connected.end();
            return;
        }
        sendBody(connected);
    }

    private void sendBody(HttpClientRequest connected) {
        if (!connected.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
            connected.setChunked(true);
        }
        Relay.pump(request, connected, this);
        request.endHandler(v -> {
            if (!isOver) {
                if (phase == Phase.SENDING) {
                    moved(Phase.WAITING);
                }
                isSent = true;
                connected.end();
            }
        });
        request.resume();
    }

    private void answer(HttpClientRequest connected, HttpClientResponse answer) {
        answer.exceptionHandler(failure -> failed(connected, failure));
        if (isOver || connected != upstream) {
            connected.reset();
            return;
        }
        int status = answer.statusCode();
        if (status < 200 || !Framing.isCodingKnown(answer.headers())) {
            failed(connected, new IllegalStateException("an answer of a kind that cannot be passed on"));
            return;
        }
        accepted();
        moved(Framing.isOfType(answer.headers(), EVENT_STREAM) ? Phase.STREAMING : Phase.ANSWERING);
        long length = Framing.length(answer.headers());
        boolean isEmpty = request.method() == HttpMethod.HEAD || status == 204 || status == 304;
        if (isEmpty || (length >= 0 && length <= SMALL)) {
            // Nothing of the head is out yet: should the module break off here, a proper answer can still be made.
            answer.body()
                    .onSuccess(body -> finish(answer, isEmpty ? null : body))
                    .onFailure(failure -> failed(connected, failure));
        } else {
            putHead(answer, false);
            stream(connected, answer, length);
        }
    }

    /** A usable answer has begun; how long it goes on is no matter of the module's health. */
    private void accepted() {
        held().answered();
        Objects.requireNonNull(verdict).good();
    }

    private void putHead(HttpClientResponse answer, boolean isUpgraded) {
        isHeadPut = true;
        proxy.answers().copyHead(answer, response, Exchange.of(ctx).id(), isUpgraded);
    }

    private void stream(HttpClientRequest connected, HttpClientResponse answer, long length) {
        if (length < 0) {
            if (request.version() == HttpVersion.HTTP_1_0) {
                response.putHeader(HttpHeaders.CONNECTION, "close");
            } else {
                response.setChunked(true);
            }
        }
        Relay.pump(answer, response, this);
        answer.endHandler(v -> {
            if (response.isChunked() && !answer.trailers().isEmpty()) {
                response.trailers().addAll(answer.trailers());
            }
            finish();
        });
        if (phase == Phase.STREAMING) {
            guard(() -> over(new IllegalStateException("the session ended")));
            if (response.isChunked() || length >= 0) {
                // Whoever listens wants to know at once that the stream is open, even while nothing happens.
                response.writeHead();
            }
        }
    }

    private void upgraded(HttpClientRequest connected, HttpClientResponse answer) {
        if (isOver || connected != upstream) {
            connected.reset();
            return;
        }
        if (answer.statusCode() != 101 || !Framing.isWebSocket(answer.headers())) {
            request.resume();
            answer(connected, answer);
            return;
        }
        accepted();
        held().giveBack();
        moved(Phase.STREAMING);
        putHead(answer, true);
        response.closeHandler(null);
        Tunnel.join(request, connected, answer, this::close)
                .onSuccess(ours -> {
                    Exchange.of(ctx).upgraded(ours);
                    guard(() -> request.connection().close());
                    // From here on it is the tunnel that sees to its ends.
                    upstream = null;
                })
                .onFailure(this::over);
    }

    /** After a stream: what was to be written is. */
    private void finish() {
        if (isOver) {
            return;
        }
        close();
        release();
        boolean endsWithConnection = request.version() == HttpVersion.HTTP_1_0 && !response.headers().contains(HttpHeaders.CONTENT_LENGTH);
        response.end().onComplete(done -> {
            if (endsWithConnection) {
                request.connection().close();
            }
        });
    }

    private void guard(Runnable close) {
        if (order.signedIn() != null && !isOver) {
            guarded = proxy.streams().add(order.signedIn(), proxy.access(), close);
        }
    }

    private void finish(HttpClientResponse answer, @Nullable Buffer body) {
        if (isOver) {
            return;
        }
        close();
        release();
        putHead(answer, false);
        response.end(body == null ? NOTHING : body);
    }

    /** The module's side failed: a second try, an answer that says so, or the end of an answer that was under way. */
    private void failed(@Nullable HttpClientRequest source, Throwable failure) {
        if (isOver || source != upstream) {
            return;
        }
        if (isHeadPut) {
            LOG.warn("Module {} broke off its answer to request {}: {}", proxy.id(), Exchange.of(ctx).id(), failure.toString());
            over(failure);
            return;
        }
        if (failure instanceof ConnectionPoolTooBusyException) {
            // It is us who have no place left; the module did nothing.
            refuse(proxy.errorFor(failure), failure.toString());
            return;
        }
        if (phase == Phase.CONNECTING || phase == Phase.WAITING) {
            held().failed();
        }
        if (mayTryAgain(source == null) && proxy.state().beginRetry()) {
            isRetry = true;
            held().giveBack();
            forsake();
            connect();
            return;
        }
        Objects.requireNonNull(verdict).bad(failure.toString());
        refuse(proxy.errorFor(failure), failure.toString());
    }

    /** Once, and only what the module cannot have acted on, or may act on twice. */
    private boolean mayTryAgain(boolean isUnsent) {
        boolean isRepeatable = !hasBody && !isUpgrade && REPEATABLE.contains(request.method());
        return !isRetry && (isUnsent ? proxy.hasOthers() : phase == Phase.WAITING && isRepeatable);
    }

    private void refuse(HttpError error, String reason) {
        LOG.warn("Module {} did not answer request {}: {}", proxy.id(), Exchange.of(ctx).id(), reason);
        close();
        forsake();
        ctx.fail(error);
    }

    /** One of the sides is gone, or late: nobody is left to answer to. */
    private void over(@Nullable Throwable reason) {
        if (isOver) {
            return;
        }
        close();
        forsake();
        if (reason != null && !response.ended()) {
            response.reset();
        }
    }

    /** After a whole answer: the connection goes back by itself, unless the module answered before it had the whole request. */
    private void release() {
        if (!isSent) {
            forsake();
        }
    }

    private void forsake() {
        HttpClientRequest abandoned = upstream;
        upstream = null;
        if (abandoned != null && isSent) {
            abandoned.reset();
        } else if (abandoned != null) {
            abandoned.connection().close();
        }
    }

    private void close() {
        if (isOver) {
            return;
        }
        isOver = true;
        proxy.clock().stop(this);
        if (verdict != null) {
            verdict.none();
        }
        if (guarded != null) {
            guarded.ended();
        }
        if (lease != null) {
            lease.giveBack();
        }
        if (isRetry) {
            proxy.state().endRetry();
        }
    }

    private ModuleState.Lease held() {
        return Objects.requireNonNull(lease);
    }

    private void moved(Phase next) {
        phase = next;
        movedNanos = System.nanoTime();
    }

    @Override
    public boolean isOver() {
        return isOver;
    }

    @Override
    public void moved(boolean isNowHeldBack) {
        movedNanos = System.nanoTime();
        isHeldBack = isNowHeldBack;
    }

    @Override
    void check(long now) {
        ModuleTimers timers = proxy.timers();
        long silent = now - movedNanos;
        boolean isLate = silent > timers.of(phase).toNanos();
        boolean isTooLong = phase != Phase.STREAMING && !timers.total().isZero() && now - startNanos > timers.total().toNanos();
        if (!isLate && !isTooLong) {
            return;
        }
        if (isHeadPut) {
            over(new IllegalStateException("late"));
        } else if (phase == Phase.SENDING && !isHeldBack) {
            // What is left of the body will never come: the connection is of no use for another request.
            response.putHeader(HttpHeaders.CONNECTION, "close");
            refuse(HttpError.of(408, "REQUEST_TIMEOUT", "The body of the request did not arrive in time."), "its client sends nothing");
        } else {
            if (phase == Phase.WAITING) {
                Objects.requireNonNull(verdict).bad("late");
            }
            refuse(proxy.errorFor(new TimeoutException()), "late while " + phase);
        }
    }
}
