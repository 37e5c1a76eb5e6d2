package app.molos.edge.proxy;

import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.core.Promise;

/** What one request's outcome says about its module, told to the breaker once. */
final class Verdict {
    private final CircuitBreaker breaker;
    private final Promise<Void> told;

    Verdict(CircuitBreaker breaker, Promise<Void> told) {
        this.breaker = breaker;
        this.told = told;
    }

    void good() {
        told.tryComplete();
    }

    void bad(String reason) {
        told.tryFail(reason);
    }

    /** It ended without either; a client that left says nothing about a module that is being tried again. */
    void none() {
        if (breaker.state() == CircuitBreakerState.HALF_OPEN) {
            told.tryFail("abandoned");
        } else {
            told.tryComplete();
        }
    }
}
