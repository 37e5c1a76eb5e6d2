package app.molos.edge.proxy;

import app.molos.edge.modules.Forwarding.Balance;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What all event loops know of one module's upstreams: what is on its way to them, which of them are sick. Thread-safe.
 */
final class UpstreamGroup {
    /** An upstream as all event loops see it. */
    static final class Upstream {
        private final int index;
        private final SocketAddress socket;
        private final AtomicInteger active = new AtomicInteger();
        private volatile long sickUntilNanos;
        private final BooleanSupplier isDown;
        private volatile boolean isSick;

        /**
         * @param index its place in the module's list
         * @param isDown what the prober says of it
         */
        Upstream(int index, SocketAddress socket, BooleanSupplier isDown) {
            this.index = index;
            this.socket = socket;
            this.isDown = isDown;
        }

        private boolean isUsable(long now) {
            return (!isSick || now - sickUntilNanos >= 0) && !isDown.getAsBoolean();
        }
    }

    /** One request's place at one upstream, to be given back. */
    final class Lease {
        private final Upstream address;
        private boolean isHeld = true;

        private Lease(Upstream address) {
            this.address = address;
            address.active.incrementAndGet();
        }

        /** The upstream's place in the module's list. */
        int upstream() {
            return address.index;
        }

        /** The upstream could not be reached; the others are asked for a while. */
        void failed() {
            address.sickUntilNanos = System.nanoTime() + sickNanos;
            address.isSick = true;
        }

        void answered() {
            address.isSick = false;
        }

        void release() {
            if (isHeld) {
                isHeld = false;
                address.active.decrementAndGet();
                active.decrementAndGet();
            }
        }
    }

    /** A fifth of what is on its way may be second tries; a few are always allowed. */
    private static final int RETRY_FLOOR = 3;
    private static final int RETRY_SHARE = 5;

    private final List<Upstream> addresses;
    private final Balance balance;
    private final int maxActive;
    private final long sickNanos;
    private final CircuitBreaker breaker;
    private final int pauseSeconds;
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();

    UpstreamGroup(List<Upstream> addresses, Balance balance, int maxActive, long sickNanos, CircuitBreaker breaker, int pauseSeconds) {
        this.breaker = breaker;
        this.pauseSeconds = pauseSeconds;
        this.addresses = addresses;
        this.balance = balance;
        this.maxActive = maxActive;
        this.sickNanos = sickNanos;
    }

    /**
     * A place at the upstream whose turn it is, sick ones last; null when the module has all it can take.
     *
     * @param except an upstream that was tried already, if there are others; below 0: none
     */
    @Nullable Lease lease(int except) {
        if (active.incrementAndGet() > maxActive) {
            active.decrementAndGet();
            return null;
        }
        return new Lease(next(except));
    }

    private Upstream next(int except) {
        int size = addresses.size();
        if (size == 1) {
            return addresses.get(0);
        }
        long now = System.nanoTime();
        int start = Math.floorMod(turn.getAndIncrement(), size);
        Upstream least = null;
        for (int i = 0; i < size; i++) {
            Upstream candidate = addresses.get((start + i) % size);
            if (candidate.index == except || !candidate.isUsable(now)) {
                continue;
            }
            if (balance == Balance.ROUND_ROBIN) {
                return candidate;
            }
            // Of those with equally few it is the one whose turn it is.
            least = least == null || candidate.active.get() < least.active.get() ? candidate : least;
        }
        Upstream inTurn = addresses.get(start);
        return least != null ? least : inTurn.index == except ? addresses.get((start + 1) % size) : inTurn;
    }

    /** Whether a second try may be made now: many at once would drown a module that is just coming back. */
    boolean beginRetry() {
        if (retries.incrementAndGet() > Math.max(RETRY_FLOOR, active.get() / RETRY_SHARE)) {
            retries.decrementAndGet();
            return false;
        }
        return true;
    }

    void endRetry() {
        retries.decrementAndGet();
    }

    CircuitBreaker breaker() {
        return breaker;
    }

    /** How long a module that failed too often is left alone. */
    int pauseSeconds() {
        return pauseSeconds;
    }

    int size() {
        return addresses.size();
    }

    /** Where the upstreams are, in the order of the module's list. */
    List<SocketAddress> sockets() {
        return addresses.stream().map(a -> a.socket).toList();
    }
}
