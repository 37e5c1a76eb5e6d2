package app.molos.edge.boot;

import app.molos.edge.config.ExitCode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * How a process ends that is past helping: it says why and halts, without a drain and without hooks, since what they
 * need may be what is broken. Without memory not even a class can be loaded, so what {@link #outOfMemory} and
 * {@link #halt} touch is here before.
 */
public final class LastWords implements Watchdog.End {
    private static final long DRAIN_MILLIS = 500;

    private final UnblockedStreams streams;
    private final Consumer<String> refuse;
    private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);
    private final byte[] outOfMemory =
            (text("it ran out of memory") + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
    private final Runtime runtime = Runtime.getRuntime();
    private final int code = ExitCode.BROKEN.number();

    /** @param refuse prints a text on standard error */
    public LastWords(UnblockedStreams streams, Consumer<String> refuse) {
        this.streams = streams;
        this.refuse = refuse;
    }

    /**
     * Past the stream that does not wait for its reader: its writer may be gone, and each of its lines takes memory.
     */
    @Override
    public void outOfMemory() {
        try {
            err.write(outOfMemory);
        } catch (IOException e) {
            // Nobody is left to tell.
        } finally {
            halt();
        }
    }

    @Override
    public void broken(String why) {
        try {
            refuse.accept(text(why));
            streams.err().drain(DRAIN_MILLIS);
        } finally {
            halt();
        }
    }

    @Override
    public void halt() {
        runtime.halt(code);
    }

    private static String text(String why) {
        return "This process ends itself: " + why + ".";
    }
}
