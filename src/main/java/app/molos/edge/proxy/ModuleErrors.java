package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import app.molos.edge.web.HttpError;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Makes the errors that clients get in place of a module's response; never what went wrong in words of the network. */
final class ModuleErrors {
    private static final int RETRY_AFTER_SECONDS = 2;

    private final String id;
    private final Duration connectTimeout;
    private final int pauseSeconds;

    ModuleErrors(Module module, Duration connectTimeout, int pauseSeconds) {
        this.id = module.id();
        this.connectTimeout = connectTimeout;
        this.pauseSeconds = pauseSeconds;
    }

    /** @param timeout the name of the one that passed, as a module's entry has it */
    HttpError late(String timeout, Duration limit) {
        long millis = limit.toMillis();
        String after = millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
        return HttpError.of(
                        504,
                        "MODULE_TIMEOUT",
                        "The module " + id + " did not answer in time (" + timeout + ": " + after + ").")
                .withLimit("timeouts." + timeout);
    }

    HttpError requestLate(String timeout) {
        return HttpError.of(408, "REQUEST_TIMEOUT", "The body of the request did not arrive in time.")
                .withLimit("timeouts." + timeout);
    }

    /** As many requests are under way as the module may have. */
    HttpError full() {
        return busy().withLimit("proxy.maxActive");
    }

    HttpError circuitOpen() {
        return HttpError.unavailable(
                        "MODULE_CIRCUIT_OPEN",
                        "The module " + id + " failed too often and is left alone for a moment.",
                        pauseSeconds,
                        null)
                .withLimit("proxy.breakerFailures");
    }

    HttpError of(Throwable failure) {
        if (failure instanceof ConnectionPoolTooBusyException) {
            return busy().withLimit("proxy.poolSize");
        }
        return failure instanceof TimeoutException
                ? late("connect", connectTimeout)
                : HttpError.of(502, "MODULE_DOWN", "The module " + id + " does not answer.");
    }

    private HttpError busy() {
        return HttpError.unavailable(
                "MODULE_BUSY", "The module " + id + " has too many requests waiting.", RETRY_AFTER_SECONDS, null);
    }
}
