package app.molos.edge.commands;

import java.io.Console;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;

/** Where commands print: results to standard output, refusals to standard error, colours on a terminal only. */
public record Terminal(PrintStream out, PrintStream err, boolean isColoured) {
    public static Terminal system() {
        boolean isColoured =
                console().isPresent() && System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM"));
        return new Terminal(System.out, System.err, isColoured);
    }

    /** The terminal on both ends of standard input and output; empty when either leads to a file or a pipe. */
    public static Optional<Console> console() {
        return Optional.ofNullable(System.console()).filter(Terminal::isTerminal);
    }

    /**
     * From JDK 22 on there may be a console without a terminal, and the method that tells; before, there is neither.
     */
    private static boolean isTerminal(Console console) {
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    public void print(String text) {
        out.println(text);
    }

    public void refuse(String text) {
        err.println(isColoured ? "\u001b[31m" + text + "\u001b[0m" : text);
    }

    /** Prints what goes on, in one line that the next one replaces; for people who watch, so on a terminal only. */
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

    /** Makes typed text printable: nothing of it may steer the terminal. */
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
