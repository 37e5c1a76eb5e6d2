package app.molos.edge.boot;

import app.molos.edge.auth.SetupToken;
import app.molos.edge.web.Origin;

/** What is said once, to the operator at the terminal. */
final class Announcements {
    private Announcements() {}

    static String setup(Origin origin, SetupToken token) {
        return """

                This edge has no owner yet. The first to sign up with this token becomes its administrator:

                    setup token   %s   (good for %d minutes, shown once)

                    curl -X POST %s/api/auth/sign-up/email -H 'Content-Type: application/json' \\
                         -H 'X-Setup-Token: …' -d '{"name":"…","email":"…","password":"…"}'
                """
                .formatted(token.issue(), token.life().toMinutes(), origin);
    }
}
