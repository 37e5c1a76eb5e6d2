package app.molos.edge.modules;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one module's requests and answers are passed on, where it differs from the others.
 *
 * @param stripsPath whether the module gets paths without its prefix
 * @param forwardsCookie whether it gets the edge's own cookies too
 * @param checksOrigin whether what another site makes a browser send is refused
 * @param compresses whether its texts are compressed for clients that take that
 * @param isCaseInsensitive whether its upstream takes {@code /Admin} for {@code /admin}, as Express does
 * @param balance which of several upstreams is asked next
 * @param headers what stands on its answers instead of the edge's own; an empty value: nothing
 */
public record Forwarding(
        boolean stripsPath,
        boolean forwardsCookie,
        boolean checksOrigin,
        boolean compresses,
        boolean isCaseInsensitive,
        Balance balance,
        Map<String, String> headers,
        Timeouts timeouts) {
    /** How the upstreams of a module share its requests. */
    public enum Balance {
        /** One after the other. */
        ROUND_ROBIN,
        /** The one with the fewest requests on their way. */
        LEAST_REQUESTS
    }

    /** Empty where the module has the limit that all have. */
    public record Timeouts(
            Optional<Duration> connect,
            Optional<Duration> bodyIdle,
            Optional<Duration> firstByte,
            Optional<Duration> responseIdle,
            Optional<Duration> total) {
        static final Timeouts NONE =
                new Timeouts(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public static final Forwarding DEFAULT =
            new Forwarding(false, false, true, true, false, Balance.ROUND_ROBIN, Map.of(), Timeouts.NONE);

    /** Lists the protections that the operator gave up, in words for the log. */
    public List<String> exceptions() {
        List<String> exceptions = new ArrayList<>();
        if (!checksOrigin) {
            exceptions.add("requests of other sites are let through (csrf: false)");
        }
        if (forwardsCookie) {
            exceptions.add("it gets the session cookie (forwardCookie)");
        }
        headers.forEach((name, value) -> exceptions.add(value.isEmpty() ? "no " + name : name + ": " + value));
        return exceptions;
    }
}
