package app.molos.edge.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A folder of scripts with its locked packages, copied below target and installed there once. */
public final class NodeProject {
    private final Path work;

    private NodeProject(Path work) {
        this.work = work;
    }

    public static NodeProject of(String name) throws Exception {
        Path source = Path.of("src/test", name);
        Path work = Path.of("target", name);
        Files.createDirectories(work);
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, work.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        NodeProject project = new NodeProject(work);
        Path lock = source.resolve("package-lock.json");
        Path installed = work.resolve("node_modules/.installed");
        if (!Files.exists(installed) || Files.mismatch(lock, installed) >= 0) {
            int code = project.run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
            if (code != 0) {
                throw new IllegalStateException("npm ci ended with " + code);
            }
            Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
        }
        return project;
    }

    /** Runs a script with Node; the exit code. */
    public int node(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Starts a script that goes on running. */
    public Process start(Path output, String script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        return builder(output, command.toArray(String[]::new)).start();
    }

    private int run(String... command) throws Exception {
        // Files instead of our own streams: those carry the test runner's protocol.
        Path output = Files.createTempFile(work, "run", ".log");
        Process process = builder(output, command).start();
        try {
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                throw new AssertionError(String.join(" ", command) + " did not end");
            }
            return process.exitValue();
        } finally {
            process.destroyForcibly();
            System.out.println(Files.readString(output));
            Files.delete(output);
        }
    }

    private ProcessBuilder builder(Path output, String... command) {
        return new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile());
    }
}
