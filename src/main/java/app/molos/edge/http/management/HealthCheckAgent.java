package app.molos.edge.http.management;

import org.jspecify.annotations.Nullable;

/** The name by which {@code molos-edge healthcheck} asks. */
public final class HealthCheckAgent {
    public static final String NAME = "molos-edge-healthcheck";

    private HealthCheckAgent() {}

    static boolean is(@Nullable String userAgent) {
        return NAME.equals(userAgent);
    }
}
