package app.molos.edge.proxy.upstream;

import java.time.Duration;

/**
 * The limits of one module's upstreams together.
 *
 * @param maxActive requests under way from all event loops; more are refused
 * @param breakerFailures so many within {@code breakerWindow} open the breaker for {@code breakerPause}
 * @param failTimeout skips an upstream that could not be reached for so long, while there are others
 */
public record GroupLimits(
        int maxActive, int breakerFailures, Duration breakerWindow, Duration breakerPause, Duration failTimeout) {}
