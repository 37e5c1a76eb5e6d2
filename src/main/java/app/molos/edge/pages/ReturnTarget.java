package app.molos.edge.pages;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Where somebody was going before they had to sign in: a path of this site and nothing else, judged as a browser would
 * read it (which drops tabs and line ends, takes {@code \} for {@code /}, and {@code //host} for another site).
 */
public final class ReturnTarget {
    private static final int MAX_LENGTH = 2048;

    private ReturnTarget() {}

    /** Returns the path to go to, or the fallback when the target lies elsewhere. */
    static String of(String text, String fallback) {
        return isLocal(text) ? text : fallback;
    }

    static boolean isLocal(String text) {
        if (text.length() > MAX_LENGTH || !text.startsWith("/") || text.startsWith("//")) {
            return false;
        }
        // A browser would repair what follows; a path that needs that was not made here.
        return text.chars().allMatch(c -> c > ' ' && c < 127 && c != '\\' && c != '"' && c != '<' && c != '>');
    }

    /** Returns a page of the edge that leads on to a target. */
    public static String leadingTo(String page, String target) {
        return target.isEmpty() ? page : page + "?to=" + URLEncoder.encode(target, StandardCharsets.UTF_8);
    }
}
