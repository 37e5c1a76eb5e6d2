package app.molos.edge.users;

import java.text.Normalizer;
import java.util.Locale;

/**
 * A name as it is compared: without case, width and the Turkish dot. By the program, because databases differ: SQLite
 * folds ASCII only, PostgreSQL as its locale has it.
 */
public final class FoldedName {
    private static final String DOT_ABOVE = "\u0307";

    private FoldedName() {}

    public static String of(String name) {
        // Upper case first: some letters meet there only, such as ß and SS, and both Greek sigmas.
        String folded = Normalizer.normalize(name, Normalizer.Form.NFKC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
        return Normalizer.normalize(folded.replace(DOT_ABOVE, ""), Normalizer.Form.NFKC);
    }
}
