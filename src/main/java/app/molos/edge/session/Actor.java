package app.molos.edge.session;

import app.molos.edge.web.HttpError;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a change, and by what right. A request is admitted on a snapshot of its session that may be a second old,
 * and its write may wait behind the one that takes the right away; so the right is asked for again inside the
 * transaction that makes the change (see {@link SessionService#acting}).
 */
public final class Actor {
    /** The session ended, or its user was banned, after the request was admitted. */
    public static final HttpError ENDED = HttpError.of(401, "UNAUTHORIZED", "Unauthorized");

    /** The operator at the command line: there is no session that could have ended. */
    public static final Actor OPERATOR = new Actor(null, null, false);

    /** The reader of a mailed link: the right is the link, which is used up in the same transaction. */
    public static final Actor LINK = new Actor(null, null, false);

    private final @Nullable SignedIn signedIn;
    private final @Nullable HttpError noAdmin;
    private final boolean isOwnerLocked;

    private Actor(@Nullable SignedIn signedIn, @Nullable HttpError noAdmin, boolean isOwnerLocked) {
        this.signedIn = signedIn;
        this.noAdmin = noAdmin;
        this.isOwnerLocked = isOwnerLocked;
    }

    /**
     * Somebody who acts as an administrator.
     *
     * @param refusal what they are told who are none any more
     */
    public static Actor admin(SignedIn signedIn, HttpError refusal) {
        return new Actor(signedIn, refusal, true);
    }

    /** Somebody who changes what is their own. */
    public static Actor self(SignedIn signedIn) {
        return new Actor(signedIn, null, false);
    }

    /** Somebody who ends their own account: who administers may change with it, so they wait where those do. */
    public static Actor leaving(SignedIn signedIn) {
        return new Actor(signedIn, null, true);
    }

    /** Null where the right is no session's. */
    @Nullable
    SignedIn signedIn() {
        return signedIn;
    }

    /** Null where nobody has to be an administrator. */
    @Nullable
    HttpError noAdmin() {
        return noAdmin;
    }

    /** Whether the owner row is locked before anything else. */
    boolean isOwnerLocked() {
        return isOwnerLocked;
    }

    /** Whether it is this user who acts. */
    public boolean is(String userId) {
        return signedIn != null && signedIn.user().id().equals(userId);
    }
}
