package app.molos.edge.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one-time token that the first user of a fresh installation must show; it lives in memory only. */
public final class SetupToken {
    private final Supplier<String> tokens;
    private final Duration life;
    private final Clock clock;
    private volatile @Nullable String token;
    private volatile Instant end = Instant.EPOCH;

    public SetupToken(Supplier<String> tokens, Duration life, Clock clock) {
        this.tokens = tokens;
        this.life = life;
        this.clock = clock;
    }

    /** Makes the token; whoever calls this shows it to the operator once. */
    public String issue() {
        String issued = tokens.get();
        end = clock.instant().plus(life);
        token = issued;
        return issued;
    }

    public Duration life() {
        return life;
    }

    boolean isGood(String given) {
        String expected = token;
        return expected != null
                && clock.instant().isBefore(end)
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }
}
