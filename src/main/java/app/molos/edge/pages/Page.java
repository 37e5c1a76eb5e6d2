package app.molos.edge.pages;

import org.jspecify.annotations.Nullable;

/**
 * The frame around every page.
 *
 * @param title in the window's title and as the heading
 * @param site what this site is called
 * @param notice what went well, or empty
 * @param problem what went wrong, or empty: read out first, and the form is filled in as it was
 * @param field the field that the problem is about, or empty
 * @param isSignedIn whether the frame shows the way to the account and out
 */
public record Page(String title, String site, String notice, String problem, String field, boolean isSignedIn) {
    public static Page of(String title) {
        return new Page(title, "", "", "", "", false);
    }

    Page on(String name) {
        return new Page(title, name, notice, problem, field, isSignedIn);
    }

    public Page withNotice(String text) {
        return new Page(title, site, text, problem, field, isSignedIn);
    }

    public Page withProblem(String text) {
        return withProblem(text, "");
    }

    /** @param at the id of a field */
    Page withProblem(String text, String at) {
        return new Page(title, site, notice, text, at, isSignedIn);
    }

    public Page signedIn() {
        return new Page(title, site, notice, problem, field, true);
    }

    /** For {@code aria-invalid}; null where the attribute is left out. */
    public @Nullable String invalid(String id) {
        return field.equals(id) ? "true" : null;
    }

    /** For {@code aria-describedby}: the problem, if it is this field's, and what always describes it. */
    public @Nullable String describedBy(String id, String always) {
        String described = (field.equals(id) ? "problem " : "") + always;
        return described.isBlank() ? null : described.strip();
    }

    public String stylesheet() {
        return Stylesheet.get().path();
    }
}
