package app.molos.edge.testing;

import app.molos.edge.cli.EdgeCommand;
import app.molos.edge.commands.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** A command as an operator would type it, run in this JVM. */
public final class CommandLine {
    /** How it ended. */
    public record Result(int code, String out, String err) {}

    private CommandLine() {}

    public static Result run(Path directory, Map<String, String> settings, String... arguments) {
        return run("", directory, settings, arguments);
    }

    /** @param input what standard input has */
    public static synchronized Result run(
            String input, Path directory, Map<String, String> settings, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            int code = EdgeCommand.run(
                    arguments,
                    EdgeServer.environment(directory, settings),
                    new Terminal(
                            new PrintStream(out, true, StandardCharsets.UTF_8),
                            new PrintStream(err, true, StandardCharsets.UTF_8),
                            false));
            return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setIn(before);
        }
    }
}
