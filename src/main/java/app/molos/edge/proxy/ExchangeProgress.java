package app.molos.edge.proxy;

import app.molos.edge.proxy.upstream.Deadlines;
import java.time.Duration;

/**
 * Knows the state of a {@link ProxyExchange}, how long nothing has moved in it, and which timeout that is. Confined to
 * the event loop of the request.
 */
final class ExchangeProgress extends Deadlines.Deadline implements Relay.Progress {
    /** Receives what time does to an exchange. */
    interface Watched {
        /**
         * Ends what a timeout has passed for.
         *
         * @param isIdle whether nothing moved for too long; otherwise all of it took too long
         */
        void expired(boolean isIdle);

        /** The proxy it goes through is not used any more. */
        void revoked();
    }

    private final UpstreamProxy proxy;
    private final Watched watched;
    private final long startNanos = System.nanoTime();
    private long movedNanos = startNanos;
    private ExchangeState state = ExchangeState.CONNECTING;

    ExchangeProgress(UpstreamProxy proxy, Watched watched) {
        this.proxy = proxy;
        this.watched = watched;
    }

    ExchangeState state() {
        return state;
    }

    boolean is(ExchangeState asked) {
        return state == asked;
    }

    void become(ExchangeState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(state + " cannot become " + next);
        }
        state = next;
        movedNanos = System.nanoTime();
    }

    /** The request's body is whole, if no response came before. */
    void sent() {
        if (state.isSending()) {
            become(ExchangeState.WAITING);
        }
    }

    @Override
    public boolean isOver() {
        return state == ExchangeState.DONE;
    }

    @Override
    public void moved(boolean isHeldBack) {
        movedNanos = System.nanoTime();
        if (state.isSending()) {
            state = isHeldBack ? ExchangeState.BLOCKED : ExchangeState.UPLOADING;
        }
    }

    /** The name of the timeout that has passed, and its length. */
    String timeout(boolean isIdle) {
        return isIdle ? state.timeout() : "total";
    }

    Duration limit(boolean isIdle) {
        return isIdle ? proxy.timeouts().of(state) : proxy.timeouts().total();
    }

    @Override
    protected UpstreamProxy owner() {
        return proxy;
    }

    @Override
    protected void end() {
        watched.revoked();
    }

    @Override
    protected void check(long nowNanos) {
        Duration total = proxy.timeouts().total();
        boolean isLate = nowNanos - movedNanos > proxy.timeouts().of(state).toNanos();
        boolean isBounded = state != ExchangeState.STREAMING && state != ExchangeState.TUNNELLING && !total.isZero();
        if (isLate || (isBounded && nowNanos - startNanos > total.toNanos())) {
            watched.expired(isLate);
        }
    }
}
