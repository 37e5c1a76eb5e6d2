package app.molos.edge.users;

import java.util.Locale;
import java.util.regex.Pattern;

/** Addresses as the wire takes them: ASCII, a dot in the domain, letters at its end. */
public final class EmailAddress {
    /** Beyond any real address, and short enough for an index of PostgreSQL. */
    public static final int MAX_LENGTH = 1000;

    private static final Pattern SYNTAX = Pattern.compile(
            "(?!\\.)(?!.*\\.\\.)[A-Za-z0-9_'+\\-.]*[A-Za-z0-9_+\\-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}");

    private EmailAddress() {}

    public static boolean is(String text) {
        return text.length() <= MAX_LENGTH && SYNTAX.matcher(text).matches();
    }

    /** As it is stored. */
    public static String normalized(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
