package app.molos.edge.web;

/**
 * Makes a stranger's text fit for a response or a log: short, and nothing in it that could steer a
 * terminal.
 */
public final class Quoted {
    private static final int MAX = 100;

    private Quoted() {}

    public static String of(String text) {
        StringBuilder safe = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), MAX); i++) {
            char c = text.charAt(i);
            safe.append(c > ' ' && c < 127 && c != '"' && c != '<' && c != '>' && c != '\\' ? c : '?');
        }
        return text.length() > MAX ? safe.append('\u2026').toString() : safe.toString();
    }
}
