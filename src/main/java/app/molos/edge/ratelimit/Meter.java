package app.molos.edge.ratelimit;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Takes from limits: here, or where all nodes do. */
public interface Meter {
    /** What {@link #take} returns, this very future, when there was enough and nobody had to be asked. */
    Future<Optional<Excess>> TAKEN = Future.succeededFuture(Optional.empty());

    /**
     * Takes a request's cost from each limit that it counts against, or finds the first that has not enough. Never fails.
     *
     * @param claims the narrow ones first
     * @param cost tenths of a request
     */
    Future<Optional<Excess>> take(List<Claim> claims, int cost);

    /** Says that the event loop that this is called on will take much. */
    default void join() {}
}
