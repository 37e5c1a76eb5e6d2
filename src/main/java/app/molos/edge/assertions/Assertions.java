package app.molos.edge.assertions;

import app.molos.edge.config.Secret;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.UserRecord;
import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells modules who asks, in words that nobody can forge: a JWT (EdDSA) for one module and one person. Signed on a
 * worker and kept for half its life; one that grows old is replaced before anybody waits for it. One per process;
 * thread-safe.
 */
public final class Assertions {
    private static final Logger LOG = LoggerFactory.getLogger(Assertions.class);
    private static final int MAX_KEPT = 50_000;

    private record Key(String sessionId, String moduleId, String email, String role) {}

    private record Signed(String token, long madeAtNanos) {}

    private record Published(long period, Buffer keys) {}

    private record Signer(long period, JWTAuth jwt, String keyId) {}

    private final Vertx vertx;
    private final String issuer;
    private final Clock clock;
    private final AssertionKeys keys;
    private final AsyncCache<Key, Signed> cache;
    private final Duration life;
    private final long renewedAfterNanos;
    private volatile Signer signer;
    private volatile @Nullable Published published;

    /**
     * @param issuer the site's origin
     * @param life how long a module may believe one; one that is handed out has, unless renewing fails, half of that
     * left
     */
    public Assertions(Vertx vertx, Secret secret, String issuer, Duration life, Clock clock) {
        this.life = life;
        this.renewedAfterNanos = life.dividedBy(3).toNanos();
        this.cache = Caffeine.newBuilder()
                .maximumSize(MAX_KEPT)
                .expireAfterWrite(life.dividedBy(2))
                .executor(Runnable::run)
                .buildAsync();
        this.vertx = vertx;
        this.issuer = issuer;
        this.clock = clock;
        this.keys = new AssertionKeys(secret);
        this.signer = signer(clock.instant());
    }

    /** Returns the present {@code /.well-known/jwks.json}; made on a worker once a month. */
    public Future<Buffer> published(Vertx vertx) {
        Instant now = clock.instant();
        Published known = published;
        if (known != null && known.period() == AssertionKeys.period(now)) {
            return Future.succeededFuture(known.keys());
        }
        return vertx.executeBlocking(
                () -> {
                    Published made = new Published(
                            AssertionKeys.period(now), keys.published(now).toBuffer());
                    published = made;
                    return made.keys();
                },
                false);
    }

    /** Returns the assertion for a module if a young one is kept; null when not: callers use {@link #of}. */
    public @Nullable String known(SignedIn signedIn, String moduleId) {
        Key key = key(signedIn, moduleId);
        CompletableFuture<Signed> present = cache.getIfPresent(key);
        if (present == null || !present.isDone() || present.isCompletedExceptionally()) {
            return null;
        }
        Signed signed = present.join();
        if (System.nanoTime() - signed.madeAtNanos() > renewedAfterNanos) {
            renew(key, present, signedIn.user());
        }
        return signed.token();
    }

    /** The assertion for a module, made on a worker if there is none. */
    public Future<String> of(SignedIn signedIn, String moduleId) {
        String known = known(signedIn, moduleId);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        CompletableFuture<Signed> made = cache.get(key(signedIn, moduleId), (k, executor) -> sign(k, signedIn.user()));
        Context context = vertx.getOrCreateContext();
        return Future.fromCompletionStage(made, context).map(Signed::token);
    }

    private static Key key(SignedIn signedIn, String moduleId) {
        UserRecord user = signedIn.user();
        return new Key(signedIn.session().id(), moduleId, user.email(), user.role());
    }

    /** Only one of those who find it old makes a new one. */
    private void renew(Key key, CompletableFuture<Signed> old, UserRecord user) {
        CompletableFuture<Signed> fresh = new CompletableFuture<>();
        // While it is made the old one is good still; it goes in when it is done.
        if (cache.asMap()
                .replace(
                        key,
                        old,
                        CompletableFuture.completedFuture(new Signed(old.join().token(), System.nanoTime())))) {
            var unused = sign(key, user).whenComplete((signed, failure) -> {
                if (failure == null) {
                    fresh.complete(signed);
                    cache.put(key, fresh);
                } else {
                    LOG.warn("An assertion was not renewed: {}", failure.toString());
                }
            });
        }
    }

    private CompletableFuture<Signed> sign(Key key, UserRecord user) {
        return vertx.executeBlocking(
                        () -> {
                            Instant now = clock.instant();
                            Signer current = signer;
                            if (current.period() != AssertionKeys.period(now)) {
                                current = signer(now);
                                signer = current;
                            }
                            JsonObject claims = new JsonObject()
                                    .put("iss", issuer)
                                    .put("sub", user.id())
                                    .put("aud", key.moduleId())
                                    .put("email", key.email())
                                    .put("email_verified", user.isEmailVerified())
                                    .put("name", user.name())
                                    .put("role", key.role())
                                    .put("sid", key.sessionId())
                                    .put("iat", now.getEpochSecond())
                                    .put("exp", now.plus(life).getEpochSecond());
                            String token = current.jwt()
                                    .generateToken(
                                            claims,
                                            new JWTOptions()
                                                    .setAlgorithm("EdDSA")
                                                    .setHeader(new JsonObject().put("kid", current.keyId()))
                                                    .setNoTimestamp(true));
                            return new Signed(token, System.nanoTime());
                        },
                        false)
                .toCompletionStage()
                .toCompletableFuture();
    }

    private Signer signer(Instant now) {
        AssertionKeys.Key key = keys.at(now);
        JWTAuth jwt = JWTAuth.create(vertx, new JWTAuthOptions().addJwk(key.secretJwk()));
        return new Signer(AssertionKeys.period(now), jwt, key.id());
    }
}
