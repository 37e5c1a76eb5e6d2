package app.molos.edge.commands;

import java.io.PrintStream;
import java.util.List;

/** Where commands print: results to standard output, refusals to standard error, colours on a terminal only. */
public record Terminal(PrintStream out, PrintStream err, boolean isColoured) {
    public static Terminal system() {
        boolean isColoured = System.console() != null && System.getenv("NO_COLOR") == null
                && !"dumb".equals(System.getenv("TERM"));
        return new Terminal(System.out, System.err, isColoured);
    }

    public void print(String text) {
        out.println(text);
    }

    public void refuse(String text) {
        err.println(isColoured ? "\u001b[31m" + text + "\u001b[0m" : text);
    }

    /** What goes on right now, in one line that the next one replaces; for people who watch, so on a terminal only. */
    public void progress(String text) {
        if (isColoured) {
            err.print("\r\u001b[K" + text);
            err.flush();
        }
    }

    /** Takes the last {@link #progress} away. */
    public void clearProgress() {
        progress("");
    }

    /** What somebody typed, shown: nothing of it may steer the terminal. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** Rows with their columns lined up; the first row is the heading. */
    public void table(List<List<String>> rows) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        rows.forEach(row -> {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (int r = 0; r < rows.size(); r++) {
            StringBuilder line = new StringBuilder("  ");
            for (int i = 0; i < columns; i++) {
                String cell = rows.get(r).get(i);
                line.append(cell).append(" ".repeat(i == columns - 1 ? 0 : widths[i] - cell.length() + 3));
            }
            out.println(isColoured && r == 0 ? "\u001b[1m" + line + "\u001b[0m" : line);
        }
    }
}
