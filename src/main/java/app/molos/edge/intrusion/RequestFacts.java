package app.molos.edge.intrusion;

import app.molos.edge.web.ClientAddress;

/**
 * What the edge knows of a request once it was answered.
 *
 * @param atMillis on a clock that does not go back
 * @param code of the edge's own refusal, or empty
 */
public record RequestFacts(long atMillis, Who who, Line line, int status, String code, Marks marks) {
    /**
     * Who sent it.
     *
     * @param session its id; empty when nobody is known to be signed in
     * @param person the user's id, or empty
     */
    public record Who(String address, String session, String person, boolean isAdmin) {
        public static Who anonymous(String address) {
            return new Who(address, "", "", false);
        }

        boolean isSignedIn() {
            return !session.isEmpty();
        }
    }

    /**
     * What was asked.
     *
     * @param path as it was sent
     * @param routed the path that was served; empty when the request was none
     * @param query without its question mark
     */
    public record Line(String method, String path, String routed, String query, String agent) {}

    /**
     * What else is known of it.
     *
     * @param isEmbedded a page made a browser send it: another site's, or one of this site with what somebody wrote in it
     * @param isOwnPage it was a page of this site
     * @param isForged it carries a session's cookie that the edge did not sign
     * @param account the address that somebody wanted to sign in with, or empty
     */
    public record Marks(boolean isEmbedded, boolean isOwnPage, boolean isForged, String account) {
        public static final Marks NONE = new Marks(false, false, false, "");
    }

    /** Whether the edge or a module did not give what was asked for. */
    boolean isRefused() {
        return status >= 400 || !code.isEmpty();
    }

    /** Whose doing it is: a session's, or else a network's. */
    String subject() {
        return who.isSignedIn() ? Ban.session(who.session()) : ClientAddress.network(who.address());
    }
}
