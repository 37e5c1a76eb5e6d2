package app.molos.edge.web;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads and filters Cookie headers as text, so that what is passed on stays as the browser wrote it. */
public final class Cookies {
    private Cookies() {}

    /** The raw value of the first cookie of that name, trimmed; null when there is none. */
    public static @Nullable String first(List<String> headers, String name) {
        for (String header : headers) {
            int start = 0;
            while (start < header.length()) {
                int end = header.indexOf(';', start);
                end = end < 0 ? header.length() : end;
                int equals = header.indexOf('=', start);
                if (equals > 0 && equals < end && isName(header, start, equals, name)) {
                    return header.substring(equals + 1, end).trim();
                }
                start = end + 1;
            }
        }
        return null;
    }

    /** Whether a cookie with such a name is among them. */
    public static boolean any(List<String> headers, Predicate<String> isWanted) {
        for (String header : headers) {
            for (String pair : header.split(";", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0 && isWanted.test(pair.substring(0, equals).trim())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The header without the cookies whose name is refused; empty when none is left. */
    public static String without(String header, Predicate<String> isRefused) {
        StringBuilder kept = new StringBuilder(header.length());
        int start = 0;
        while (start < header.length()) {
            int end = header.indexOf(';', start);
            end = end < 0 ? header.length() : end;
            String pair = header.substring(start, end).trim();
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals).trim();
            if (!pair.isEmpty() && !isRefused.test(name)) {
                kept.append(kept.length() == 0 ? "" : "; ").append(pair);
            }
            start = end + 1;
        }
        return kept.toString();
    }

    private static boolean isName(String header, int start, int end, String name) {
        while (start < end && header.charAt(start) == ' ') {
            start++;
        }
        while (end > start && header.charAt(end - 1) == ' ') {
            end--;
        }
        return end - start == name.length() && header.startsWith(name, start);
    }
}
