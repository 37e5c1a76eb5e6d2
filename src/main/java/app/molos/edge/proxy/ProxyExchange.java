package app.molos.edge.proxy;

import static app.molos.edge.proxy.ExchangeState.BUFFERING;
import static app.molos.edge.proxy.ExchangeState.CONNECTING;
import static app.molos.edge.proxy.ExchangeState.DONE;
import static app.molos.edge.proxy.ExchangeState.RELAYING;
import static app.molos.edge.proxy.ExchangeState.STREAMING;
import static app.molos.edge.proxy.ExchangeState.TUNNELLING;
import static app.molos.edge.proxy.ExchangeState.UPLOADING;
import static app.molos.edge.proxy.ExchangeState.WAITING;

import app.molos.edge.proxy.upstream.Attempt;
import app.molos.edge.proxy.upstream.BreakerPermit;
import app.molos.edge.proxy.upstream.UpstreamGroup;
import app.molos.edge.proxy.upstream.UpstreamResponse;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LastOfConnection;
import app.molos.edge.web.RequestContext;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries one request to a module and its response back. Both bodies flow as fast as the slower side takes them; when
 * one side fails, the other is told. Confined to the event loop of the request.
 * {@link ExchangeState} has the table of its transitions.
 */
final class ProxyExchange implements Attempt.Listener, ExchangeProgress.Watched, OpenStreams.Stream {
    /** How an exchange ends: DONE in the table of {@link ExchangeState}. */
    private enum Outcome {
        COMPLETED,
        REFUSED,
        RESET,
        ABANDONED
    }

    private final UpstreamProxy proxy;
    private final RequestContext context;
    private final Consumer<HttpError> refused;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamRequest upstreamRequest;
    private final boolean isUpgrade;
    private final boolean hasBody;
    private final ExchangeProgress progress;
    private final ExchangeHoldings held;
    private @Nullable Attempt attempt;
    private @Nullable ResponseWriter writer;
    private Runnable goodbye = () -> {};

    /** @param refused takes why the module cannot answer; the response is the caller's then */
    ProxyExchange(
            UpstreamProxy proxy,
            HttpServerRequest request,
            RequestContext context,
            UpstreamRequest upstreamRequest,
            Consumer<HttpError> refused) {
        this.proxy = proxy;
        this.progress = new ExchangeProgress(proxy, this);
        this.held = new ExchangeHoldings(proxy);
        this.context = context;
        this.refused = refused;
        this.request = request;
        this.response = request.response();
        this.upstreamRequest = upstreamRequest;
        this.hasBody = context.hasBody(request);
        this.isUpgrade = !hasBody && Framing.isWebSocket(request.headers()) && request.canUpgradeToWebSocket();
    }

    void begin() {
        if (response.closed()) {
            // The client left while its session was looked up; no handler would be told of it any more.
            return;
        }
        // The body waits until there is a connection that takes it. One that breaks off must not look like one that
        // ended: the module would take half of it for the whole.
        if (hasBody || isUpgrade) {
            request.pause();
        }
        request.exceptionHandler(failure -> terminate(Outcome.RESET));
        proxy.deadlines().start(progress);
        response.closeHandler(v -> terminate(Outcome.ABANDONED));
        BreakerPermit.acquire(
                proxy.group().breaker(),
                admitted -> {
                    held.permit(admitted);
                    connect(-1);
                },
                () -> refuse(proxy.errors().circuitOpen(), "its breaker is open"));
    }

    private void connect(int except) {
        UpstreamGroup.Lease lease = proxy.group().lease(except);
        if (lease == null) {
            refuse(proxy.errors().full(), "all its places are taken");
            return;
        }
        attempt = new Attempt(this, lease);
        context.sentTo(proxy.address(lease.upstream()));
        progress.become(CONNECTING);
        proxy.pools().of(lease.upstream(), isUpgrade).acquire(attempt);
    }

    @Override
    public void connected(Attempt current) {
        progress.become(hasBody ? UPLOADING : WAITING);
        MultiMap headers = proxy.headers(request, context, isUpgrade, upstreamRequest);
        current.send(request.method(), upstreamRequest.uri(), headers, hasBody, isUpgrade);
        if (hasBody && !progress.isOver()) {
            upload(current);
        }
    }

    private void upload(Attempt current) {
        Relay.pump(request, current.body(), progress, part -> part);
        request.endHandler(v -> {
            if (!progress.isOver()) {
                progress.sent();
                current.endBody();
            }
        });
        if (Framing.waitsForContinue(request)) {
            response.writeContinue();
        }
        request.resume();
    }

    @Override
    public void hinted(Attempt current, MultiMap hints) {
        if (!current.isOver() && !progress.state().hasResponded()) {
            ResponseWriter.hint(request, hints);
        }
    }

    @Override
    public void responded(Attempt current, UpstreamResponse upstream) {
        if (current.isOver()) {
            return;
        }
        upstream.exceptionHandler(failure -> failed(current, failure));
        if (isUpgrade && upstream.status() == 101 && Framing.isWebSocket(upstream.headers())) {
            tunnel(current, upstream);
            return;
        }
        if (upstream.status() < 200 || !Framing.isCodingKnown(upstream.headers())) {
            failed(current, new IllegalStateException("a response of a kind that cannot be passed on"));
            return;
        }
        if (isUpgrade) {
            request.resume();
        }
        accepted(current);
        relay(current, upstream, new ResponseWriter(request, upstream, proxy.compresses()));
    }

    private void relay(Attempt current, UpstreamResponse upstream, ResponseWriter begun) {
        writer = begun;
        // The connection of an upgrade is from the WebSockets' pool: no other request may have it.
        boolean isReusable = !isUpgrade && !Framing.endsConnection(upstream, begun.hasBody());
        if (begun.isSmall()) {
            progress.become(BUFFERING);
            upstream.whole(body -> complete(current, isReusable, () -> {
                putHead(begun, false);
                begun.sendWhole(body);
            }));
            return;
        }
        progress.become(begun.isStream() ? STREAMING : RELAYING);
        putHead(begun, false);
        if (begun.isStream()) {
            held.guard(upstreamRequest.signedIn(), () -> terminate(Outcome.RESET));
            held.stream(this);
            goodbye = () -> complete(current, false, begun::endStream);
        }
        begun.stream(progress, () -> complete(current, isReusable, begun::endStream));
    }

    /** A usable response has begun; how long it goes on is no matter of the module's health. */
    private void accepted(Attempt current) {
        current.lease().answered();
        held.permit().succeeded();
    }

    private void putHead(ResponseWriter begun, boolean isUpgraded) {
        begun.putHead(proxy.responseFilter(), context.id(), upstreamRequest.strippedPrefix(), isUpgraded);
        if (hasBody && !request.isEnded()) {
            // Answered before it was sent whole: reading the rest only to keep the connection would let anybody send
            // without end.
            LastOfConnection.announce(request);
        }
    }

    private void tunnel(Attempt current, UpstreamResponse upstream) {
        accepted(current);
        if (response.writeQueueFull()) {
            // What its client has not taken yet stands before the 101, and would be lost with the connection's old
            // handler.
            terminate(Outcome.RESET);
            return;
        }
        current.lease().release();
        progress.become(TUNNELLING);
        putHead(new ResponseWriter(request, upstream, false), true);
        response.closeHandler(null);
        Runnable closed = () -> terminate(Outcome.ABANDONED);
        Tunnel.join(
                        request,
                        context,
                        upstream,
                        current.body(),
                        proxy.deadlines(),
                        proxy.timeouts().responseIdle(),
                        closed)
                .onSuccess(joined -> {
                    if (progress.isOver()) {
                        return;
                    }
                    held.stream(joined);
                    held.guard(upstreamRequest.signedIn(), () -> {
                        request.connection().close();
                        closed.run();
                    });
                })
                .onFailure(failure -> terminate(Outcome.RESET));
    }

    /** Ends with a whole response; {@code lastWrite} sends what is left of it. */
    private void complete(Attempt current, boolean isReusable, Runnable lastWrite) {
        if (terminate(Outcome.COMPLETED)) {
            // The lease first, the connection last: the client's next request may begin within the write of this
            // response.
            current.lease().release();
            lastWrite.run();
            current.complete(isReusable);
        }
    }

    /** Ends an event stream as if the module had: the browser's EventSource connects again by itself. */
    @Override
    public void goAway() {
        goodbye.run();
    }

    @Override
    public void failed(Attempt current, Throwable failure) {
        if (progress.isOver() || current.isOver()) {
            return;
        }
        if (progress.state().hasResponded()) {
            context.refusedWith("MODULE_BROKE_OFF", "");
            proxy.warn(context.id(), "it broke off its response: " + failure);
            terminate(Outcome.RESET);
            return;
        }
        // When it is us who have no connection left, the module did nothing wrong.
        boolean isOurs = failure instanceof ConnectionPoolTooBusyException;
        if (!isOurs && (progress.is(CONNECTING) || progress.is(WAITING))) {
            current.lease().failed();
        }
        if (mayRetry(current) && proxy.group().beginRetry()) {
            held.retry();
            current.abandon();
            connect(current.lease().upstream());
            return;
        }
        // A module may refuse an upload by hanging up: that tells nothing about other requests.
        if (!isOurs && !progress.state().isSending()) {
            held.permit().failed(failure.toString());
        }
        refuse(proxy.errors().of(failure), failure.toString());
    }

    /** Once, and only what the module cannot have acted on, or may act on twice. */
    private boolean mayRetry(Attempt failed) {
        boolean isRepeatable = !hasBody && !isUpgrade && Framing.isIdempotent(request.method());
        return !held.isRetry()
                && (failed.isUnsent()
                        ? proxy.group().size() > 1 || failed.isOnOldConnection()
                        : progress.is(WAITING) && isRepeatable);
    }

    private void refuse(HttpError error, String reason) {
        proxy.warn(context.id(), reason);
        terminate(Outcome.REFUSED);
        refused.accept(error);
    }

    /**
     * Ends it, once: releases everything it holds, except after COMPLETED the attempt, which the last write still
     * needs.
     */
    private boolean terminate(Outcome outcome) {
        if (progress.isOver()) {
            return false;
        }
        progress.become(DONE);
        proxy.deadlines().stop(progress);
        held.release();
        if (outcome == Outcome.COMPLETED) {
            return true;
        }
        if (attempt != null) {
            attempt.abandon();
        }
        if (writer != null) {
            writer.close();
        }
        if (outcome == Outcome.RESET && !response.ended()) {
            response.reset();
        }
        return true;
    }

    @Override
    public void revoked() {
        terminate(Outcome.RESET);
    }

    @Override
    public void expired(boolean isIdle) {
        String timeout = progress.timeout(isIdle);
        if (progress.state().hasResponded()) {
            context.refusedWith("MODULE_TIMEOUT", "timeouts." + timeout);
            terminate(Outcome.RESET);
        } else if (progress.is(UPLOADING)) {
            // The rest of the body will not come: the connection is of no use for another request.
            LastOfConnection.announce(request);
            refuse(proxy.errors().requestLate(timeout), "its client sends nothing");
        } else if (progress.is(CONNECTING) && isIdle) {
            Attempt current = Objects.requireNonNull(attempt);
            failed(
                    current,
                    current.isQueued()
                            ? new ConnectionPoolTooBusyException("no connection was free in time")
                            : new TimeoutException("no connection in time"));
        } else {
            if (progress.is(WAITING)) {
                held.permit().failed("late");
            }
            refuse(proxy.errors().late(timeout, progress.limit(isIdle)), "late (" + timeout + ")");
        }
    }
}
