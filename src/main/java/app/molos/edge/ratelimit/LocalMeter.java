package app.molos.edge.ratelimit;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes from limits that this process has for itself. Thread-safe. */
public final class LocalMeter implements Meter {
    private final LimitTable table;

    public LocalMeter(LimitTable table) {
        this.table = table;
    }

    @Override
    public Future<Optional<Excess>> take(List<Claim> claims, int cost) {
        Excess excess = takeNow(claims, cost);
        return excess == null ? TAKEN : Future.succeededFuture(Optional.of(excess));
    }

    /** As {@link #take}; null when there was enough. What a narrow limit refuses does not count against the neighbours. */
    @Nullable
    Excess takeNow(List<Claim> claims, int cost) {
        for (Claim claim : claims) {
            long wait = table.take(claim.rate(), claim.name(), cost);
            if (wait > 0) {
                return excess(claim, wait);
            }
        }
        return null;
    }

    /** Says who is beyond what, for how many nanoseconds. */
    Excess excess(Claim claim, long wait) {
        return new Excess(claim.rate(), wait, table.key(claim.rate().name(), claim.name()));
    }
}
