package app.molos.edge.auth;

import app.molos.edge.mail.Mail;
import app.molos.edge.web.Origin;
import java.time.Duration;

/**
 * The words of what is mailed. Names are not in it: people choose them when they sign up, and the mail may go to
 * somebody else.
 */
final class MailTemplates {
    private final Origin origin;
    private final Duration linkLife;

    MailTemplates(Origin origin, Duration linkLife) {
        this.origin = origin;
        this.linkLife = linkLife;
    }

    Mail resetPassword(String to, String link) {
        return letter(
                to,
                "Choose a new password",
                "Somebody, probably you, asked for a new password at " + origin + ".\n"
                        + "Open this address to choose one:",
                link,
                "If it was not you, do nothing: your password stays as it is.");
    }

    Mail verifyEmail(String to, String link) {
        return letter(
                to,
                "Confirm your address",
                "This address was given at " + origin + ".\nOpen this address to confirm that it is yours:",
                link,
                "If it was not you, do nothing.");
    }

    Mail confirmChange(String to, String newEmail, String link) {
        return letter(
                to,
                "Confirm your new address",
                "Somebody, probably you, wants to use " + newEmail + " instead of this address at " + origin
                        + ".\nOpen this address to allow it; the new address is asked next:",
                link,
                "If it was not you, do nothing, and change your password: somebody is signed in as you.");
    }

    Mail changed(String to, String newEmail, String link) {
        return letter(
                to,
                "Your address was changed",
                "The address of your account at " + origin + " is " + newEmail + " now.\n"
                        + "If it was not you, open this address to take it back:",
                link,
                "Then choose a new password: somebody knows yours. If it was you, do nothing.");
    }

    private Mail letter(String to, String subject, String why, String link, String otherwise) {
        return new Mail(
                to,
                subject,
                why + "\n\n    " + link + "\n\nThe link works once, within "
                        + (linkLife.toMinutes() % 60 == 0
                                ? linkLife.toHours() + " h"
                                : linkLife.toMinutes() + " minutes")
                        + ".\n"
                        + otherwise + "\n");
    }
}
