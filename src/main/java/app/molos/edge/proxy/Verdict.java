package app.molos.edge.proxy;

import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one request's outcome says about its module, told to the breaker once. */
final class Verdict {
    private static final Logger LOG = LoggerFactory.getLogger(Verdict.class);

    private final CircuitBreaker breaker;
    /** The breaker's trial; null while it is closed. */
    private final @Nullable Promise<Void> trial;
    private boolean isTold;

    private Verdict(CircuitBreaker breaker, @Nullable Promise<Void> trial) {
        this.breaker = breaker;
        this.trial = trial;
    }

    /**
     * Asks the breaker whether a request may pass. While it is closed every one may, and only a failure is worth telling:
     * going through it each time costs more than everything else that is decided here.
     */
    static void ask(CircuitBreaker breaker, Consumer<Verdict> admitted, Consumer<Throwable> refused) {
        if (breaker.state() == CircuitBreakerState.CLOSED) {
            admitted.accept(new Verdict(breaker, null));
        } else {
            breaker.<Void>execute(trial -> admitted.accept(new Verdict(breaker, trial))).onFailure(refused::accept);
        }
    }

    void good() {
        if (!isTold && trial != null) {
            trial.tryComplete();
        }
        isTold = true;
    }

    void bad(String reason) {
        if (isTold) {
            return;
        }
        isTold = true;
        if (trial != null) {
            trial.tryFail(reason);
        } else {
            breaker.<Void>execute(counted -> counted.fail(reason))
                    .onFailure(failure -> LOG.debug("Counted: {}", failure.toString()));
        }
    }

    /** It ended without either; a client that left says nothing about a module that is being tried again. */
    void none() {
        if (!isTold && trial != null && breaker.state() == CircuitBreakerState.HALF_OPEN) {
            bad("abandoned");
        } else {
            good();
        }
    }
}
