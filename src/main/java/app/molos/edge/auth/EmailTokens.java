package app.molos.edge.auth;

import app.molos.edge.config.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The signed tokens in links that prove an e-mail address: JWTs under the secret, as better-auth makes them. */
public final class EmailTokens {
    /** The purpose of a token. */
    enum Purpose {
        VERIFY(""),
        /** To the old address: may it be replaced? */
        CONFIRM_CHANGE("change-email-confirmation"),
        /** To the new address: is it yours? */
        VERIFY_CHANGE("change-email-verification");

        private final String word;

        Purpose(String word) {
            this.word = word;
        }
    }

    /** The content of a good token; {@code updateTo} is the new address of a change. */
    record Claim(String email, Optional<String> updateTo, Purpose purpose) {}

    /** A token's outcome: its claim, or why not in the wire's words. */
    record Reading(Optional<Claim> claim, String fault) {}

    private final JWTAuth signing;
    private final List<JWTAuth> verifying;
    private final Duration life;

    /** @param secrets the one that signs, then the ones that still verify */
    public EmailTokens(Vertx vertx, List<Secret> secrets, Duration life) {
        this.verifying = secrets.stream()
                .map(secret -> JWTAuth.create(
                        vertx,
                        new JWTAuthOptions()
                                .addPubSecKey(new PubSecKeyOptions()
                                        .setAlgorithm("HS256")
                                        .setBuffer(Buffer.buffer(secret.bytes())))))
                .toList();
        this.signing = verifying.get(0);
        this.life = life;
    }

    String make(String email, Optional<String> updateTo, Purpose purpose) {
        JsonObject claims = new JsonObject().put("email", email);
        updateTo.ifPresent(to -> claims.put("updateTo", to));
        if (purpose != Purpose.VERIFY) {
            claims.put("requestType", purpose.word);
        }
        return signing.generateToken(
                claims, new JWTOptions().setAlgorithm("HS256").setExpiresInSeconds((int) life.toSeconds()));
    }

    Future<Reading> read(String token) {
        return read(token, 0);
    }

    private Future<Reading> read(String token, int index) {
        return verifying.get(index).authenticate(new TokenCredentials(token)).transform(done -> {
            if (done.succeeded()) {
                return Future.succeededFuture(reading(done.result().principal()));
            }
            boolean isExpired = String.valueOf(done.cause().getMessage()).contains("token expired");
            return isExpired || index + 1 == verifying.size()
                    ? Future.succeededFuture(
                            new Reading(Optional.empty(), isExpired ? "token_expired" : "invalid_token"))
                    : read(token, index + 1);
        });
    }

    private static Reading reading(JsonObject claims) {
        Object email = claims.getValue("email");
        Object updateTo = claims.getValue("updateTo");
        Object type = claims.getValue("requestType");
        for (Purpose purpose : Purpose.values()) {
            boolean isThis = purpose.word.equals(type == null ? "" : type);
            if (isThis && email instanceof String address && (purpose == Purpose.VERIFY) == (updateTo == null)) {
                return new Reading(
                        Optional.of(new Claim(
                                address, updateTo instanceof String to ? Optional.of(to) : Optional.empty(), purpose)),
                        "");
            }
        }
        return new Reading(Optional.empty(), "invalid_token");
    }
}
