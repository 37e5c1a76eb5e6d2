package app.molos.edge.proxy;

import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one request's outcome says about its module, told to the breaker once. */
final class BreakerPermit {
    private final CircuitBreaker breaker;
    /** What the breaker waits for; null while it is closed: then only what would change it is told, when it is known. */
    private final @Nullable Promise<Void> trial;
    private boolean isTold;

    private BreakerPermit(CircuitBreaker breaker, @Nullable Promise<Void> trial) {
        this.breaker = breaker;
        this.trial = trial;
    }

    /** Asks the breaker; exactly one of the two is run, before this returns. */
    static void acquire(CircuitBreaker breaker, Consumer<BreakerPermit> admitted, Runnable refused) {
        if (breaker.state() == CircuitBreakerState.CLOSED) {
            admitted.accept(new BreakerPermit(breaker, null));
            return;
        }
        breaker.<Void>execute(trial -> admitted.accept(new BreakerPermit(breaker, trial))).onFailure(failure -> {
            // Every other failure is one that a request has told the breaker about.
            if (failure instanceof OpenCircuitException) {
                refused.run();
            }
        });
    }

    void succeeded() {
        if (trial != null) {
            trial.tryComplete();
        } else if (isFirst() && breaker.failureCount() > 0 && breaker.state() == CircuitBreakerState.CLOSED) {
            // A success makes it forget the failures before.
            breaker.reset();
        }
    }

    void failed(String reason) {
        if (trial != null) {
            trial.tryFail(reason);
        } else if (isFirst() && breaker.state() == CircuitBreakerState.CLOSED) {
            // Once it has opened, what began before says nothing new, and its trial belongs to another request.
            breaker.<Void>execute(outcome -> outcome.fail(reason)).onFailure(known -> { });
        }
    }

    /** It ended without either; a client that left says nothing about a module that is being tried again. */
    void release() {
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
