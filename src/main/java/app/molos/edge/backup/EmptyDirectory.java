package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.FileTrouble;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** A directory for one purpose, for this user only: empty when it is used, gone afterwards, used by one at a time. Blocking. */
public record EmptyDirectory(Path place) {
    private static final int TRIES = 3;

    /** Does something in it. */
    public <T> T use(Function<Path, T> work) {
        Path parent = Objects.requireNonNull(place.toAbsolutePath().getParent());
        try {
            PrivateDirectory.make(parent);
            try (Turn turn = Turn.take(Path.of(place + ".lock"))) {
                if (turn == null) {
                    throw new Refusal(ExitCode.REFUSED, "Another process is at work in " + place + ".");
                }
                // What a killed one left.
                clear();
                PrivateDirectory.make(place);
                Thread hook = new Thread(this::clearAtTheEnd, "edge-clear");
                Runtime.getRuntime().addShutdownHook(hook);
                try {
                    return work.apply(place);
                } finally {
                    clear();
                    forget(hook);
                }
            }
        } catch (IOException e) {
            throw new Refusal(
                    ExitCode.REFUSED, "The directory " + place + " cannot be used: " + FileTrouble.of(parent, e));
        }
    }

    /** Removes what a killed process left, if it is not in use. */
    void sweep() throws IOException {
        if (Files.isDirectory(place)) {
            try (Turn turn = Turn.take(Path.of(place + ".lock"))) {
                if (turn != null) {
                    clear();
                }
            }
        }
    }

    /** When a signal ends the process, whose work goes on meanwhile. */
    private void clearAtTheEnd() {
        for (int i = 0; i < TRIES; i++) {
            try {
                clear();
            } catch (IOException e) {
                // Something was put in meanwhile: once more; what is left is swept by the next backup.
            }
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs.
        }
    }

    private void clear() throws IOException {
        if (Files.isDirectory(place)) {
            try (Stream<Path> all = Files.walk(place)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
