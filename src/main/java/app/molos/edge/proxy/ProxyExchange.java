package app.molos.edge.proxy;

import app.molos.edge.web.BodyReader;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.HttpError;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.HttpRequestHead;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request's way to a module and back. Both bodies flow as fast as the slower side takes them; whichever side fails first,
 * the other one is told. Confined to the event loop of the request.
 */
final class ProxyExchange extends Deadlines.Deadline implements Relay.Progress {
    private static final Set<HttpMethod> REPEATABLE =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

    private final UpstreamProxy proxy;
    private final RequestContext context;
    private final Consumer<HttpError> refused;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamRequest order;
    private final boolean isUpgrade;
    private final boolean hasBody;
    private final long startNanos = System.nanoTime();
    private Phase phase = Phase.CONNECTING;
    private long movedNanos = startNanos;
    private @Nullable Attempt attempt;
    private @Nullable ResponseWriter delivery;
    /** Whether the upstream's connection serves nobody after this answer. */
    private boolean isLast;
    private StreamRevoker.@Nullable Guarded guarded;
    private @Nullable BreakerPermit permit;
    /** Whether the body waits for the module, not for the client. */
    private boolean isHeldBack;
    private boolean isRetry;
    /** Whether the request is whole on its way; a connection with half of one serves nobody else. */
    private boolean isSent;
    private boolean isHeadPut;
    private boolean isOver;

    /** @param refused hears why the module cannot answer, if it cannot; the answer is its own then */
    ProxyExchange(UpstreamProxy proxy, HttpServerRequest request, RequestContext context, UpstreamRequest order, Consumer<HttpError> refused) {
        this.proxy = proxy;
        this.context = context;
        this.refused = refused;
        this.request = request;
        this.response = request.response();
        this.order = order;
        this.hasBody = BodyReader.isAnnounced(request);
        this.isUpgrade = !hasBody && Framing.isWebSocket(request.headers()) && request.canUpgradeToWebSocket();
    }

    void begin() {
        if (response.closed()) {
            // The client left while it was looked up; nobody would ever tell us.
            return;
        }
        // Whatever has come of the body waits until there is a connection that takes it. One that breaks off must not look like
        // one that ended: the module would take half of it for the whole.
        if (hasBody || isUpgrade) {
            request.pause();
        }
        request.exceptionHandler(this::over);
        proxy.clock().start(this);
        response.closeHandler(v -> over(null));
        BreakerPermit.acquire(proxy.state().breaker(), given -> {
            permit = given;
            connect();
        }, () -> refuse(proxy.circuitOpen(), "its breaker is open"));
    }

    private void connect() {
        UpstreamGroup.Lease place = proxy.state().lease(attempt == null ? -1 : attempt.place().upstream());
        if (place == null) {
            refuse(proxy.full(), "all its places are taken");
            return;
        }
        Attempt next = new Attempt(this, place);
        attempt = next;
        context.sentTo(proxy.address(place.upstream()));
        moved(Phase.CONNECTING);
        proxy.connections(place.upstream(), isUpgrade).acquire(next);
    }

    /** There is a connection: everything of the request that is here goes out. */
    void send(Attempt current) {
        moved(hasBody ? Phase.SENDING : Phase.WAITING);
        HttpRequestHead head = proxy.head(request, context, isUpgrade, order);
        boolean isChunked = hasBody && !head.headers().contains(HttpHeaders.CONTENT_LENGTH);
        isSent = !hasBody && !isUpgrade;
        current.send(head, isChunked, isSent, isUpgrade);
        if (hasBody && !isOver) {
            sendBody(current.stream());
        }
    }

    private void sendBody(HttpClientStream connected) {
        Relay.pump(request, connected, this, part -> part);
        request.endHandler(v -> {
            if (!isOver) {
                if (phase == Phase.SENDING) {
                    moved(Phase.WAITING);
                }
                // Only what is written is sent: an answer may come before, and the rest would follow on a connection that another request has.
                connected.end().onSuccess(written -> isSent = true);
            }
        });
        if (Framing.waitsForContinue(request)) {
            response.writeContinue();
        }
        request.resume();
    }

    /** A 103 is here, long before the answer. */
    void hint(Attempt current, MultiMap hints) {
        // HTTP/1.0 knows no informational responses, and one that the client does not take is of no use to it.
        if (!current.isOver() && !isHeadPut && request.version() != HttpVersion.HTTP_1_0 && !response.writeQueueFull()) {
            MultiMap links = ResponseHeaderFilter.hints(hints);
            if (!links.isEmpty()) {
                response.writeEarlyHints(links);
            }
        }
    }

    /** The head of an answer is here. */
    void answer(Attempt current, UpstreamResponse answer) {
        if (current.isOver()) {
            return;
        }
        answer.exceptionHandler(failure -> failed(current, failure));
        if (isUpgrade && answer.status() == 101 && Framing.isWebSocket(answer.headers())) {
            upgraded(current, answer);
            return;
        }
        if (answer.status() < 200 || !Framing.isCodingKnown(answer.headers())) {
            failed(current, new IllegalStateException("an answer of a kind that cannot be passed on"));
            return;
        }
        if (isUpgrade) {
            request.resume();
        }
        accepted();
        ResponseWriter begun = new ResponseWriter(request, answer, proxy.compresses());
        // The connection of an upgrade came from where those of WebSockets are: no other request may have it.
        isLast = isUpgrade || Framing.endsConnection(answer, begun.hasBody());
        delivery = begun;
        moved(begun.isStream() ? Phase.STREAMING : Phase.ANSWERING);
        if (begun.isSmall()) {
            answer.whole(body -> finish(begun, body));
            return;
        }
        putHead(begun, false);
        if (begun.isStream()) {
            guard(() -> over(new IllegalStateException("the session ended")));
        }
        begun.stream(this, () -> finish(begun, null));
    }

    /** A usable answer has begun; how long it goes on is no matter of the module's health. */
    private void accepted() {
        held().place().answered();
        Objects.requireNonNull(permit).succeeded();
    }

    private void putHead(ResponseWriter begun, boolean isUpgraded) {
        isHeadPut = true;
        begun.putHead(proxy.answers(), context.id(), order.strippedPrefix(), isUpgraded);
        if (hasBody && !request.isEnded()) {
            // Answered before it was sent whole: reading the rest only to keep the connection would let anybody send for ever.
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    private void upgraded(Attempt current, UpstreamResponse answer) {
        accepted();
        if (response.writeQueueFull()) {
            // What its client has not taken yet stands before the 101, which would be lost with the connection's old handler.
            over(new IllegalStateException("its client does not read"));
            return;
        }
        held().place().release();
        moved(Phase.STREAMING);
        putHead(new ResponseWriter(request, answer, false), true);
        response.closeHandler(null);
        Runnable ended = () -> {
            close();
            current.abandon();
        };
        Tunnel.join(request, context, answer, current.stream(), proxy.clock(), proxy.timers().responseIdle(), ended)
                .onSuccess(ours -> {
                    guard(() -> {
                        request.connection().close();
                        ended.run();
                    });
                })
                .onFailure(this::over);
    }

    /** The answer is whole; of a small one nothing was sent yet. */
    private void finish(ResponseWriter whole, @Nullable Buffer body) {
        if (isOver) {
            return;
        }
        Attempt current = held();
        close();
        // The place first, the connection last: the client's next request may begin within the write of this answer.
        current.place().release();
        if (isHeadPut) {
            whole.endStream();
        } else {
            putHead(whole, false);
            whole.sendWhole(Objects.requireNonNull(body));
        }
        if (isSent && !isLast) {
            current.finish();
        } else {
            current.abandon();
        }
    }

    private void guard(Runnable close) {
        if (order.signedIn() != null && !isOver) {
            guarded = proxy.streams().add(order.signedIn(), proxy.access(), close);
        }
    }

    /** The module's side failed: a second try, an answer that says so, or the end of an answer that was under way. */
    void failed(Attempt current, Throwable failure) {
        if (isOver || current.isOver()) {
            return;
        }
        if (isHeadPut) {
            context.refusedWith("MODULE_BROKE_OFF", "");
            proxy.warn(context.id(), "it broke off its answer: " + failure);
            over(failure);
            return;
        }
        // If it is us who have no connection left, the module did nothing.
        boolean isOurs = failure instanceof ConnectionPoolTooBusyException;
        if (!isOurs && (phase == Phase.CONNECTING || phase == Phase.WAITING)) {
            current.place().failed();
        }
        if (mayTryAgain(current) && proxy.state().beginRetry()) {
            isRetry = true;
            current.abandon();
            connect();
            return;
        }
        // A module may refuse an upload by hanging up: that says nothing about what it does with other requests.
        if (!isOurs && phase != Phase.SENDING) {
            Objects.requireNonNull(permit).failed(failure.toString());
        }
        refuse(proxy.errorFor(failure), failure.toString());
    }

    /** Once, and only what the module cannot have acted on, or may act on twice. */
    private boolean mayTryAgain(Attempt failed) {
        boolean isRepeatable = !hasBody && !isUpgrade && REPEATABLE.contains(request.method());
        return !isRetry && (failed.isUnsent()
                ? proxy.hasOthers() || failed.isOnOldConnection()
                : phase == Phase.WAITING && isRepeatable);
    }

    private void refuse(HttpError error, String reason) {
        proxy.warn(context.id(), reason);
        close();
        forsake();
        refused.accept(error);
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

    private void forsake() {
        if (attempt != null) {
            attempt.abandon();
        }
        if (delivery != null) {
            delivery.close();
        }
    }

    private void close() {
        if (isOver) {
            return;
        }
        isOver = true;
        proxy.clock().stop(this);
        if (permit != null) {
            permit.release();
        }
        if (guarded != null) {
            guarded.ended();
        }
        if (isRetry) {
            proxy.state().endRetry();
        }
    }

    private Attempt held() {
        return Objects.requireNonNull(attempt);
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
    UpstreamProxy owner() {
        return proxy;
    }

    @Override
    void end() {
        over(new IllegalStateException("its module was changed or removed"));
    }

    @Override
    void check(long now) {
        ProxyTimeouts timers = proxy.timers();
        long silent = now - movedNanos;
        boolean isLate = silent > timers.of(phase).toNanos();
        boolean isTooLong = phase != Phase.STREAMING && !timers.total().isZero() && now - startNanos > timers.total().toNanos();
        if (!isLate && !isTooLong) {
            return;
        }
        String limit = isLate ? phase.timeout() : "total";
        if (isHeadPut) {
            context.refusedWith("MODULE_TIMEOUT", "timeouts." + limit);
            over(new IllegalStateException("late"));
        } else if (phase == Phase.SENDING && !isHeldBack) {
            // What is left of the body will never come: the connection is of no use for another request.
            response.putHeader(HttpHeaders.CONNECTION, "close");
            refuse(HttpError.of(408, "REQUEST_TIMEOUT", "The body of the request did not arrive in time.").withLimit("timeouts." + limit), "its client sends nothing");
        } else if (phase == Phase.CONNECTING && isLate) {
            failed(held(), held().isQueued()
                    ? new ConnectionPoolTooBusyException("no connection was free in time")
                    : new TimeoutException("no connection in time"));
        } else {
            if (phase == Phase.WAITING) {
                Objects.requireNonNull(permit).failed("late");
            }
            refuse(proxy.late(limit, isLate ? timers.of(phase) : timers.total()), "late (" + limit + ")");
        }
    }
}
