package app.molos.edge.modules;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** How long a file may be kept, told by its name. */
public enum FileCaching {
    /** Its name changes with what is in it. */
    FOR_EVER,
    /** It is asked for each time whether it has changed. */
    REVALIDATED;

    /**
     * The hash that build tools put at the end of names: hexadecimal, or letters of both cases with a digit. A word or a date
     * is none.
     */
    private static final Pattern HASHED = Pattern.compile(
            ".*[.-](?:(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}"
                    + "|(?=[^.]*[0-9_])(?=[^.]*[a-z])(?=[^.]*[A-Z])[0-9A-Za-z_-]{8,32})\\.[0-9a-z]{2,5}(?:\\.map)?");

    static FileCaching of(Path file) {
        String name = String.valueOf(file.getFileName());
        boolean isPage = name.endsWith(".html") || name.endsWith(".htm");
        return !isPage && HASHED.matcher(name).matches() ? FOR_EVER : REVALIDATED;
    }

    /** The Cache-Control of an answer with the file. */
    public String header(boolean isPublic) {
        String who = isPublic ? "public" : "private";
        return this == FOR_EVER ? who + ", max-age=31536000, immutable" : who + ", no-cache";
    }
}
