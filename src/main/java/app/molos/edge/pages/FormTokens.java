package app.molos.edge.pages;

import app.molos.edge.session.Signatures;
import app.molos.edge.session.SignedIn;
import java.util.Base64;

/** The token in a form of somebody who is signed in, bound to the session and to what the form does (CSRF-03). */
public final class FormTokens {
    private final Signatures signatures;

    public FormTokens(Signatures signatures) {
        this.signatures = signatures;
    }

    String make(SignedIn signedIn, String action) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(signatures.sign(text(signedIn, action)));
    }

    boolean isGood(SignedIn signedIn, String action, String given) {
        try {
            return signatures.verify(
                            text(signedIn, action), Base64.getUrlDecoder().decode(given))
                    != Signatures.Verdict.BAD;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String text(SignedIn signedIn, String action) {
        return "form:" + signedIn.session().id() + ":" + action;
    }
}
