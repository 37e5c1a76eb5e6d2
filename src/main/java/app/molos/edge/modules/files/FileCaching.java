package app.molos.edge.modules.files;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** How long a file may be kept, told by its name. */
public enum FileCaching {
    /** Its name changes with what is in it. */
    FOR_EVER,
    /** It is asked for each time whether it has changed. */
    REVALIDATED;

    /**
     * The hash that build tools put at the end of names: hexadecimal, or eight letters of both cases with a digit in
     * what a page loads. A word, a version or a date is none.
     */
    private static final Pattern HASHED =
            Pattern.compile(".*[.-](?:(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}\\.[0-9a-z]{2,5}"
                    + "|(?=\\w*[0-9])(?=\\w*[a-z])(?=\\w*[A-Z])\\w{8}\\.(?:js|mjs|css|woff2?|wasm))(?:\\.map)?");

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
