package app.molos.edge.proxy.upstream;

import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Admits one request through its module's breaker, and tells the breaker once what came of it. Confined to one event
 * loop.
 */
public final class BreakerPermit {
    private final CircuitBreaker breaker;
    /** Completes the breaker's trial call; null while the breaker is closed: then only what would change it is told. */
    private final @Nullable Promise<Void> trial;

    private boolean isTold;

    private BreakerPermit(CircuitBreaker breaker, @Nullable Promise<Void> trial) {
        this.breaker = breaker;
        this.trial = trial;
    }

    /** Asks the breaker; exactly one of the two runs, before this returns. */
    public static void acquire(CircuitBreaker breaker, Consumer<BreakerPermit> admitted, Runnable refused) {
        if (breaker.state() == CircuitBreakerState.CLOSED) {
            admitted.accept(new BreakerPermit(breaker, null));
            return;
        }
        breaker.<Void>execute(trial -> admitted.accept(new BreakerPermit(breaker, trial)))
                .onFailure(failure -> {
                    // Every other failure is one that a request has told the breaker about.
                    if (failure instanceof OpenCircuitException) {
                        refused.run();
                    }
                });
    }

    public void succeeded() {
        if (trial != null) {
            trial.tryComplete();
        } else if (isFirst() && breaker.failureCount() > 0 && breaker.state() == CircuitBreakerState.CLOSED) {
            // A success makes it forget the failures before.
            breaker.reset();
        }
    }

    public void failed(String reason) {
        if (trial != null) {
            trial.tryFail(reason);
        } else if (isFirst() && breaker.state() == CircuitBreakerState.CLOSED) {
            // Once it is open, requests that began before add nothing, and its trial belongs to another request.
            breaker.<Void>execute(outcome -> outcome.fail(reason)).onFailure(known -> {});
        }
    }

    /** Ends without either: a client that left tells nothing about a module that is being tried again. */
    public void release() {
        if (trial != null && breaker.state() == CircuitBreakerState.HALF_OPEN) {
            trial.tryFail("abandoned");
        } else if (trial != null) {
            trial.tryComplete();
        }
    }

    private boolean isFirst() {
        boolean isFirst = !isTold;
        isTold = true;
        return isFirst;
    }
}
