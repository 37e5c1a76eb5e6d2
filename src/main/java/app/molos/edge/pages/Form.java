package app.molos.edge.pages;

import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.StorableText;
import io.vertx.ext.web.RoutingContext;

/** The fields of a submitted form. What cannot be stored is refused in the words of the form. */
final class Form {
    private final RoutingContext ctx;

    Form(RoutingContext ctx) {
        this.ctx = ctx;
    }

    /** As sent; empty when there is none. */
    String text(String name) {
        String value = BodyReader.form(ctx).get(name);
        return value == null ? "" : value;
    }

    /** Throws 400 for what no row could have. */
    String storable(String name) {
        String value = text(name);
        if (!StorableText.is(value)) {
            throw HttpError.of(400, "TEXT", "The form has characters that cannot be stored.");
        }
        return value;
    }

    boolean isChecked(String name) {
        return !text(name).isEmpty();
    }

    /** Throws 400 in words. */
    String name() {
        String name = text("name").strip();
        if (name.isEmpty() || name.length() > UserRecord.MAX_NAME || !StorableText.is(name)) {
            throw HttpError.of(400, "NAME", "Please give a name of at most " + UserRecord.MAX_NAME + " characters.");
        }
        return name;
    }

    /** In lower case. Throws 400 in words. */
    String email() {
        String email = text("email").strip();
        if (!EmailAddress.is(email)) {
            throw HttpError.of(400, "EMAIL", "That is not an e-mail address.");
        }
        return EmailAddress.normalized(email);
    }

    /** A password that is to be set, given twice. Throws 400 in words. */
    String newPassword() {
        String password = text("password");
        if (!password.equals(text("again"))) {
            throw HttpError.of(400, "AGAIN", "The two passwords are not the same.");
        }
        return password;
    }
}
