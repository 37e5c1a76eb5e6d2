package app.molos.edge.auth;

import app.molos.edge.db.Sql;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/** The rule that somebody must be left who can administer. */
final class LastAdmin {
    private LastAdmin() {}

    /** Runs work after which the user is no admin any more; fails with LAST_ADMIN when nobody else is one. */
    static <T> Future<T> leave(Sql sql, UserStore users, String userId, Instant now, Supplier<Future<T>> work) {
        return users.hasOtherAdmin(sql, userId, now)
                .compose(hasOther -> hasOther
                        ? work.get()
                        : users.findById(sql, userId)
                                .compose(user -> user.isPresent() && user.get().isAdmin()
                                        ? Future.failedFuture(AuthErrors.LAST_ADMIN)
                                        : work.get()));
    }

    /**
     * Runs a change of a user after which they may or may not be an admin; fails, and so is undone, in the second case.
     */
    static Future<Optional<UserRecord>> changing(
            Sql sql, UserStore users, String userId, Instant now, Supplier<Future<Optional<UserRecord>>> change) {
        return users.hasOtherAdmin(sql, userId, now)
                .compose(hasOther -> hasOther
                        ? change.get()
                        : users.findById(sql, userId)
                                .compose(before -> change.get()
                                        .compose(after -> before.isPresent()
                                                        && isActiveAdmin(before, now)
                                                        && !isActiveAdmin(after, now)
                                                ? Future.failedFuture(AuthErrors.LAST_ADMIN)
                                                : Future.succeededFuture(after))));
    }

    private static boolean isActiveAdmin(Optional<UserRecord> user, Instant now) {
        return user.isPresent() && user.get().isAdmin() && !user.get().isBannedAt(now);
    }
}
