package app.molos.edge.web;

/** Text that every database and every header can carry. */
public final class StorableText {
    private StorableText() {}

    /** Whether there is neither a NUL nor half of a surrogate pair in it. */
    public static boolean is(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return false;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
