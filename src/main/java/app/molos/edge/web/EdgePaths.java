package app.molos.edge.web;

/** The paths of the edge's own pages. Mails, redirects and other rooms name them by these. */
public final class EdgePaths {
    /** The prefix of all of them. */
    public static final String BASE = "/edge";

    public static final String HOME = BASE + "/";
    public static final String WELCOME = BASE + "/welcome";
    public static final String SIGN_UP = BASE + "/sign-up";
    public static final String SIGN_IN = BASE + "/sign-in";
    /** Where a sign-in lands first: only a second request shows whether the browser kept the cookie. */
    public static final String LANDED = BASE + "/landed";

    public static final String SIGN_OUT = BASE + "/sign-out";
    public static final String FORGOT = BASE + "/forgot";
    public static final String NEW_PASSWORD = BASE + "/new-password";
    public static final String UNDO_ADDRESS = BASE + "/undo-address";
    public static final String ACCOUNT = BASE + "/account";

    /** Where browsers report what a module's policy did not allow; the module's id follows. */
    public static final String CSP_REPORT = BASE + "/csp-report/";

    private EdgePaths() {}
}
