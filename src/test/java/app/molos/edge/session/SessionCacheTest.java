package app.molos.edge.session;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.users.Timestamps;
import app.molos.edge.users.UserRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How often a session is looked up, and what is forgotten when. */
class SessionCacheTest {
    private static final Duration AGE = Duration.ofMillis(200);

    private final List<String> asked = new ArrayList<>();
    private Future<Optional<SignedIn>> stored = Future.succeededFuture(Optional.of(session("u1", null)));
    private final SessionCache cache = new SessionCache(
            new SessionConfig(
                    new SessionConfig.Lifetimes(
                            Duration.ofDays(7),
                            Duration.ofDays(30),
                            Duration.ofDays(1),
                            Duration.ofDays(1),
                            Duration.ofDays(1),
                            Duration.ofHours(1)),
                    10,
                    Duration.ofMinutes(10),
                    new SessionConfig.Cache(AGE, 100),
                    Duration.ofMinutes(2)),
            token -> {
                asked.add(token);
                return stored;
            });

    private static SignedIn session(String userId, String impersonatedBy) {
        Instant now = Instant.now();
        return new SignedIn(
                "t",
                new SessionRecord(
                        "s",
                        userId,
                        true,
                        now.plusSeconds(60),
                        now.plusSeconds(60),
                        new Client("", ""),
                        impersonatedBy,
                        Timestamps.at(now)),
                new UserRecord(
                        userId, "Ada", "a@example.org", true, null, "user", UserRecord.Ban.NONE, Timestamps.at(now)));
    }

    @Test
    void session_isLookedUpOnce_untilItIsOld() throws Exception {
        assertThat(cache.known("t")).isNull();
        assertThat(cache.find("t").result()).isPresent();
        assertThat(cache.find("t").result()).isPresent();
        assertThat(cache.known("t")).isNotNull();
        assertThat(asked).hasSize(1);
        Thread.sleep(AGE.toMillis() + 50);
        assertThat(cache.known("t")).isNull();
        assertThat(cache.find("t").result()).isPresent();
        assertThat(asked).hasSize(2);
    }

    @Test
    void manyWhoAskAtOnce_shareOneLookup() {
        Promise<Optional<SignedIn>> slow = Promise.promise();
        stored = slow.future();
        List<Future<Optional<SignedIn>>> waiting = List.of(cache.find("t"), cache.find("t"), cache.find("t"));
        slow.complete(Optional.empty());
        assertThat(waiting).allMatch(f -> f.succeeded() && f.result().isEmpty());
        assertThat(asked).hasSize(1);
    }

    @Test
    void failure_isToldAndNotKept() {
        stored = Future.failedFuture("no database");
        assertThat(cache.find("t").failed()).isTrue();
        stored = Future.succeededFuture(Optional.empty());
        assertThat(cache.find("t").succeeded()).isTrue();
        assertThat(asked).hasSize(2);
    }

    @Test
    void forgottenSession_isLookedUpAgain_andNoOther() {
        cache.find("t");
        cache.find("other");
        cache.forget("t");
        assertThat(cache.known("t")).isNull();
        assertThat(cache.known("other")).isNotNull();
    }

    @Test
    void userIsForgotten_inTheirOwnSessions_andWhereTheyAreSomebodyElse() {
        cache.find("own");
        stored = Future.succeededFuture(Optional.of(session("u2", "u1")));
        cache.find("impersonating");
        stored = Future.succeededFuture(Optional.of(session("u3", null)));
        cache.find("another");
        cache.forgetUser("u1");
        assertThat(cache.known("own")).isNull();
        assertThat(cache.known("impersonating")).isNull();
        assertThat(cache.known("another")).isNotNull();
    }

    /** It may have read before the change that made the session worth forgetting. */
    @Test
    void lookupUnderWay_isNotKept_whenForgottenMeanwhile() {
        Promise<Optional<SignedIn>> slow = Promise.promise();
        stored = slow.future();
        cache.find("t");
        cache.forget("t");
        slow.complete(Optional.of(session("u1", null)));
        assertThat(cache.known("t")).isNull();
    }

    /** Its age counts from when it was asked for: a slow answer is an old one. */
    @Test
    void slowLookup_isOldWhenItComes() throws Exception {
        Promise<Optional<SignedIn>> slow = Promise.promise();
        stored = slow.future();
        cache.find("t");
        Thread.sleep(AGE.toMillis() + 50);
        slow.complete(Optional.of(session("u1", null)));
        assertThat(cache.known("t")).isNull();
        stored = Future.succeededFuture(Optional.empty());
        assertThat(cache.find("t").result()).isEmpty();
        assertThat(asked).hasSize(2);
    }
}
