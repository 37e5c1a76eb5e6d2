package app.molos.edge.config;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * A stream that never waits for its reader: what is written is taken over and written by a thread of its own. Beyond a
 * bound it is dropped, counted, and said when the reader is back. A terminal that stands still, or a log collector that
 * died, then costs lines and no more: written directly, the first full pipe would stop every thread that has something
 * to say. Thread-safe.
 */
public final class BoundedOutput extends OutputStream {
    private final OutputStream target;
    private final int limit;
    private final LongFunction<String> note;
    private final PrintStream printing = new PrintStream(this, true, StandardCharsets.UTF_8);
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean isWriting;
    private long dropped;
    private long unsaid;

    /**
     * @param name of the thread that writes
     * @param limit in bytes, of what waits
     * @param note what is written in the place of so many dropped lines, its line end included
     */
    public BoundedOutput(OutputStream target, String name, int limit, LongFunction<String> note) {
        this.target = target;
        this.limit = limit;
        this.note = note;
        Thread writer = new Thread(this::writeOut, name);
        writer.setDaemon(true);
        writer.start();
    }

    /** Returns the one stream to print to; each print is one write. */
    public PrintStream printing() {
        return printing;
    }

    /** Lines that were dropped since the start. */
    public synchronized long dropped() {
        return dropped;
    }

    @Override
    public void write(int octet) {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    /** All of it is taken, or all of it is dropped: half a line would spoil the next one. */
    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return;
        }
        if (waitingBytes + length > limit) {
            long lines = lines(bytes, offset, length);
            dropped += lines;
            unsaid += lines;
            return;
        }
        byte[] taken = new byte[length];
        System.arraycopy(bytes, offset, taken, 0, length);
        waiting.addLast(taken);
        waitingBytes += length;
        notifyAll();
    }

    /** Nothing to do: what is taken goes out as soon as it can. */
    @Override
    public void flush() {}

    /** Whether everything went out within the time. */
    public synchronized boolean drain(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            while (!waiting.isEmpty() || isWriting) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void writeOut() {
        try {
            while (true) {
                byte[] next = next();
                try {
                    target.write(next);
                    target.flush();
                } catch (IOException e) {
                    // A closed stream takes nothing, and there is nowhere to say so.
                    count(next);
                } finally {
                    written();
                }
            }
        } catch (InterruptedException e) {
            // Nobody interrupts it but the end of the process.
            Thread.currentThread().interrupt();
        }
    }

    private synchronized byte[] next() throws InterruptedException {
        while (waiting.isEmpty()) {
            wait();
        }
        isWriting = true;
        if (unsaid > 0 && waitingBytes < limit / 2) {
            // The reader is back: what is missing is said where it is missing, behind what was taken before it.
            byte[] text = note.apply(unsaid).getBytes(StandardCharsets.UTF_8);
            unsaid = 0;
            waiting.addLast(text);
            waitingBytes += text.length;
        }
        byte[] first = waiting.removeFirst();
        waitingBytes -= first.length;
        return first;
    }

    private synchronized void written() {
        isWriting = false;
        notifyAll();
    }

    private synchronized void count(byte[] bytes) {
        dropped += lines(bytes, 0, bytes.length);
    }

    private static long lines(byte[] bytes, int offset, int length) {
        long lines = 0;
        for (int i = offset; i < offset + length; i++) {
            lines += bytes[i] == '\n' ? 1 : 0;
        }
        return Math.max(1, lines);
    }
}
