package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthCheck.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All checks and the node at one moment. Immutable; good until {@link #validUntilNanos}. */
public final class HealthReport {
    /** What a probe asks. */
    public enum Aspect {
        OVERALL,
        LIVE,
        READY,
        STARTED
    }

    private final List<CheckStatus> checks;
    private final NodeState node;
    private final boolean isReady;
    private final boolean isStarted;
    private final Instant at;
    private final Level worst;
    private final long validUntilNanos;

    private HealthReport(
            List<CheckStatus> checks, Node node, boolean isReady, Instant at, Level worst, long validUntilNanos) {
        this.checks = checks;
        this.node = node.state();
        this.isReady = isReady;
        this.isStarted = node.isStarted();
        this.at = at;
        this.worst = worst;
        this.validUntilNanos = validUntilNanos;
    }

    /** Before there is anything to check. */
    public static HealthReport starting(Node node) {
        long now = System.nanoTime();
        return new HealthReport(List.of(), node, false, Instant.now(), Level.UNKNOWN, now);
    }

    /** @param sharedPatience a shared check that is down for longer makes no node unready; null: always */
    static HealthReport of(
            List<CheckStatus> known, Node node, @Nullable Duration sharedPatience, Instant at, long now) {
        List<CheckStatus> checks = known.stream()
                .map(status -> status.isStale(now) ? status.stale() : status)
                .toList();
        boolean isSound = true;
        Level worst = Level.UP;
        long validUntil = now + Duration.ofDays(1).toNanos();
        for (CheckStatus status : checks) {
            worst = worse(worst, outcome(status));
            if (!status.state().code().equals("stale")) {
                validUntil = earlier(
                        validUntil,
                        status.observedNanos()
                                + status.check().timing().freshness().toNanos()
                                + 1);
            }
            if (status.check().kind() == Kind.CRITICAL && status.state().level().compareTo(Level.UNKNOWN) >= 0) {
                boolean isForgiven = false;
                if (status.check().scope() == Scope.SHARED && status.state().isDown() && sharedPatience != null) {
                    long patient = status.sinceNanos() + sharedPatience.toNanos();
                    isForgiven = now - patient > 0;
                    validUntil = isForgiven ? validUntil : earlier(validUntil, patient + 1);
                }
                isSound &= isForgiven;
            }
        }
        return new HealthReport(checks, node, isSound, at, worst, validUntil);
    }

    /** Returns what a check counts for in the whole. */
    private static Level outcome(CheckStatus status) {
        Level level = status.shown().level();
        return switch (status.check().kind()) {
            case CRITICAL -> level;
            case DEGRADING -> level == Level.UP || level == Level.UNKNOWN ? Level.UP : Level.DEGRADED;
            case INFO -> Level.UP;
        };
    }

    private static Level worse(Level a, Level b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static long earlier(long a, long b) {
        return a - b <= 0 ? a : b;
    }

    public List<CheckStatus> checks() {
        return checks;
    }

    public NodeState node() {
        return node;
    }

    /** When it was made. */
    public Instant at() {
        return at;
    }

    /** Whether the critical checks hold, or are forgiven; the node's own phase aside. */
    boolean isSound() {
        return isReady;
    }

    long validUntilNanos() {
        return validUntilNanos;
    }

    /** Returns the whole in one word: {@code healthy}, {@code degraded}, {@code unhealthy}; before and after, the node's. */
    public String status() {
        if (node == NodeState.STARTING || node == NodeState.DRAINING || node == NodeState.STOPPED) {
            return node.word();
        }
        return switch (worst) {
            case UP -> "healthy";
            case DEGRADED -> "degraded";
            case UNKNOWN -> NodeState.STARTING.word();
            case DOWN -> "unhealthy";
        };
    }

    /** Whether the answer is 200; otherwise it is 503. */
    public boolean isGood(Aspect aspect) {
        boolean isServing = node == NodeState.READY || node == NodeState.NOT_READY;
        return switch (aspect) {
            case OVERALL -> isServing && worst.compareTo(Level.UNKNOWN) < 0;
            case LIVE -> true;
            case READY -> isServing && isReady;
            case STARTED -> isStarted;
        };
    }
}
