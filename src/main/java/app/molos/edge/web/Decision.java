package app.molos.edge.web;

import io.vertx.core.Future;

/** Says whether a request may go on. Guards that must ask somebody answer {@link Later}; all others at once. */
public sealed interface Decision {
    /** Lets the request go on to the next guard, and after the last one to its target. */
    record Allow() implements Decision {}

    /** Ends the request with an error: its code, its text, and the setting that rules it. */
    record Refuse(HttpError error) implements Decision {}

    /** Decides when the future completes; a failed one ends the request as the failure says. */
    record Later(Future<Decision> decision) implements Decision {}

    Decision ALLOW = new Allow();

    static Decision refuse(HttpError error) {
        return new Refuse(error);
    }

    /** Returns what the future says if it is complete by now: no turn of the event loop is lost then. */
    static Decision when(Future<Decision> decision) {
        if (decision.succeeded()) {
            return decision.result();
        }
        return decision.failed() && decision.cause() instanceof HttpError error ? refuse(error) : new Later(decision);
    }
}
