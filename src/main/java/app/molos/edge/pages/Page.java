package app.molos.edge.pages;

/**
 * What the frame around every page needs.
 *
 * @param title in the window's title and as the heading
 * @param notice what went well, or empty
 * @param problem what went wrong, or empty: read out first, and the form is filled in as it was
 * @param isSignedIn whether the frame shows the way to the account and out
 */
public record Page(String title, String notice, String problem, boolean isSignedIn) {
    public static Page of(String title) {
        return new Page(title, "", "", false);
    }

    public Page withNotice(String text) {
        return new Page(title, text, problem, isSignedIn);
    }

    public Page withProblem(String text) {
        return new Page(title, notice, text, isSignedIn);
    }

    public Page signedIn() {
        return new Page(title, notice, problem, true);
    }

    public String stylesheet() {
        return Stylesheet.get().path();
    }
}
