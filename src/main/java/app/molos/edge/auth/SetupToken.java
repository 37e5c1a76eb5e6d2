package app.molos.edge.auth;

import app.molos.edge.users.Ids;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The one-time token that the first user of a fresh installation must show. Its hash lies in the database, so that
 * there is one, good on every node; who made it knows it, and shows it to the operator once.
 */
public final class SetupToken {
    private final VerificationStore verifications;
    private final Ids ids;
    private final Duration life;
    private final Clock clock;

    public SetupToken(VerificationStore verifications, Ids ids, Duration life, Clock clock) {
        this.verifications = verifications;
        this.ids = ids;
        this.life = life;
        this.clock = clock;
    }

    /** The token, if there was no good one and this call made it. */
    public Future<Optional<String>> issue() {
        String token = ids.next();
        return verifications
                .putSetup(token, now().plus(life), now(), now())
                .map(isOurs -> isOurs ? Optional.of(token) : Optional.empty());
    }

    /** Another token in the place of whatever there was. */
    public Future<String> replace() {
        String token = ids.next();
        return verifications
                .putSetup(token, now().plus(life), now(), Instant.ofEpochMilli(Long.MAX_VALUE))
                .map(token);
    }

    public Duration life() {
        return life;
    }

    Future<Boolean> isGood(String given) {
        return given.isEmpty() ? Future.succeededFuture(false) : verifications.isSetup(given, now());
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
