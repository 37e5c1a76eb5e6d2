package app.molos.edge.proxy.upstream;

import app.molos.edge.modules.Forwarding.Balance;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Balances one module's requests over its upstreams, and counts what is under way to them. One per process.
 * Thread-safe.
 */
public final class UpstreamGroup {
    /** An upstream as all event loops see it. */
    static final class Upstream {
        private final int index;
        private final SocketAddress socket;
        private final AtomicInteger active = new AtomicInteger();
        private volatile long unhealthyUntilNanos;
        private final BooleanSupplier isDown;
        private volatile boolean isUnhealthy;

        /**
         * @param index its place in the module's list
         * @param isDown the prober's finding
         */
        Upstream(int index, SocketAddress socket, BooleanSupplier isDown) {
            this.index = index;
            this.socket = socket;
            this.isDown = isDown;
        }

        private boolean isUsable(long now) {
            return (!isUnhealthy || now - unhealthyUntilNanos >= 0) && !isDown.getAsBoolean();
        }
    }

    /** One request's share of an upstream's limits; released once. Confined to the event loop of the request. */
    public final class Lease {
        private final Upstream upstream;
        private boolean isHeld = true;

        private Lease(Upstream upstream) {
            this.upstream = upstream;
            upstream.active.incrementAndGet();
        }

        /** The upstream's place in the module's list. */
        public int upstream() {
            return upstream.index;
        }

        /** Marks an upstream that could not be reached; the others are asked until the fail timeout is over. */
        public void failed() {
            upstream.unhealthyUntilNanos = System.nanoTime() + failTimeoutNanos;
            upstream.isUnhealthy = true;
        }

        public void answered() {
            upstream.isUnhealthy = false;
        }

        public void release() {
            if (isHeld) {
                isHeld = false;
                upstream.active.decrementAndGet();
                active.decrementAndGet();
            }
        }
    }

    /** A fifth of what is under way may be retries; a few are always allowed. */
    private static final int RETRY_FLOOR = 3;

    private static final int RETRY_SHARE = 5;

    private final List<Upstream> upstreams;
    private final Balance balance;
    private final int maxActive;
    private final long failTimeoutNanos;
    private final CircuitBreaker breaker;
    private final int pauseSeconds;
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();

    UpstreamGroup(
            List<Upstream> upstreams,
            Balance balance,
            int maxActive,
            long failTimeoutNanos,
            CircuitBreaker breaker,
            int pauseSeconds) {
        this.breaker = breaker;
        this.pauseSeconds = pauseSeconds;
        this.upstreams = upstreams;
        this.balance = balance;
        this.maxActive = maxActive;
        this.failTimeoutNanos = failTimeoutNanos;
    }

    /**
     * Leases the upstream whose turn it is, unhealthy ones last; null when the module has all it can take.
     *
     * @param except an upstream that was tried already, if there are others; below 0: none
     */
    public @Nullable Lease lease(int except) {
        if (active.incrementAndGet() > maxActive) {
            active.decrementAndGet();
            return null;
        }
        return new Lease(next(except));
    }

    private Upstream next(int except) {
        int size = upstreams.size();
        if (size == 1) {
            return upstreams.get(0);
        }
        long now = System.nanoTime();
        int start = Math.floorMod(turn.getAndIncrement(), size);
        Upstream least = null;
        for (int i = 0; i < size; i++) {
            Upstream candidate = upstreams.get((start + i) % size);
            if (candidate.index == except || !candidate.isUsable(now)) {
                continue;
            }
            if (balance == Balance.ROUND_ROBIN) {
                return candidate;
            }
            // Of those with equally few it is the one whose turn it is.
            least = least == null || candidate.active.get() < least.active.get() ? candidate : least;
        }
        Upstream inTurn = upstreams.get(start);
        return least != null ? least : inTurn.index == except ? upstreams.get((start + 1) % size) : inTurn;
    }

    /** Whether a retry may be made now: many at once would drown a module that is just coming back. */
    public boolean beginRetry() {
        if (retries.incrementAndGet() > Math.max(RETRY_FLOOR, active.get() / RETRY_SHARE)) {
            retries.decrementAndGet();
            return false;
        }
        return true;
    }

    public void endRetry() {
        retries.decrementAndGet();
    }

    public CircuitBreaker breaker() {
        return breaker;
    }

    /** How long its breaker stays open before a trial. */
    public int pauseSeconds() {
        return pauseSeconds;
    }

    public int size() {
        return upstreams.size();
    }

    /** Where the upstreams are, in the order of the module's list. */
    public List<SocketAddress> sockets() {
        return upstreams.stream().map(a -> a.socket).toList();
    }
}
