package app.molos.edge.boot;

import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a process that is past helping, so that it is started again: after an OutOfMemoryError nobody knows what is left
 * undone, and an event loop that one has killed is gone without a trace while the port stays open. It runs on a thread
 * of its own, because what it looks for stops the others. Thread-safe.
 */
public final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final long LOOK_MILLIS = 1000;
    private static final int MAX_CAUSES = 20;
    /** How long the last words may take to be written; their reader may be gone. */
    private static final long END_MILLIS = 2000;

    private static final AtomicReference<@Nullable Watchdog> ON_DUTY = new AtomicReference<>();

    /** Ends the process; see {@link LastWords}. */
    interface End {
        /** Says so and halts. May need neither memory nor a class that is not loaded yet. */
        void outOfMemory();

        /** Says why and halts. */
        void broken(String why);

        /** Without a word; needs as little as {@link #outOfMemory}. */
        void halt();
    }

    /** An event loop, and how many looks in a row it has not answered. */
    private static final class Loop implements Runnable {
        private final EventExecutor executor;
        private volatile boolean hasAnswered = true;
        private int misses;
        private int rejections;

        private Loop(EventExecutor executor) {
            this.executor = executor;
        }

        @Override
        public void run() {
            hasAnswered = true;
        }
    }

    private final List<Loop> loops = new ArrayList<>();
    private final long maxMisses;
    private final End end;
    private final Thread thread = new Thread(this::watch, "edge-watchdog");
    /** Neither takes memory; two, since the words may wait for a reader. */
    private final Thread speaking = new Thread(this::sayOutOfMemory, "edge-last-words");

    private final Thread halting = new Thread(this::haltInTheEnd, "edge-halt");
    private volatile boolean isOutOfMemory;
    private volatile boolean isEnding;
    private volatile boolean isClosed;

    /** @param stall an event loop that does not answer for so long is taken for dead; zero: never */
    public Watchdog(Vertx vertx, Duration stall, End end) {
        VertxInternal internal = (VertxInternal) vertx;
        internal.eventLoopGroup().forEach(loop -> loops.add(new Loop(loop)));
        internal.acceptorEventLoopGroup().forEach(loop -> loops.add(new Loop(loop)));
        // Counted in looks of its own, not by a clock: a machine that slept has not stalled.
        this.maxMisses = stall.isZero() ? Long.MAX_VALUE : Math.max(2, stall.toMillis() / LOOK_MILLIS);
        this.end = end;
        thread.setDaemon(true);
        speaking.setDaemon(true);
        halting.setDaemon(true);
    }

    public Watchdog start() {
        try {
            throw new OutOfMemoryError("no failure: what looks at one is loaded while there is memory for it");
        } catch (Throwable e) {
            noticed(e);
        }
        ON_DUTY.set(this);
        // Java itself would only print it.
        Thread.setDefaultUncaughtExceptionHandler((ended, failure) -> {
            // First: saying it may fail for the same reason.
            noticed(failure);
            LOG.error("The thread {} has ended", ended.getName(), failure);
        });
        speaking.start();
        halting.start();
        thread.start();
        return this;
    }

    /** Looks at a failure that somebody caught: for {@link OutOfMemoryLog}. */
    static void noticed(@Nullable Throwable failure) {
        int seen = 0;
        for (Throwable t = failure; t != null && seen < MAX_CAUSES; t = t.getCause(), seen++) {
            Watchdog onDuty = t instanceof OutOfMemoryError ? ON_DUTY.get() : null;
            if (onDuty != null && !onDuty.isOutOfMemory) {
                // Not again: it may be saying its last words.
                onDuty.isOutOfMemory = true;
                onDuty.isEnding = true;
                LockSupport.unpark(onDuty.speaking);
                LockSupport.unpark(onDuty.halting);
            }
        }
    }

    private void watch() {
        String reason = "its watchdog broke";
        try {
            reason = untilBroken();
        } catch (Throwable e) {
            // The watching thread is the first to fail when there is no memory.
            noticed(e);
        }
        if (!isClosed && !isOutOfMemory) {
            isEnding = true;
            LockSupport.unpark(halting);
            end.broken(reason);
        }
    }

    private void sayOutOfMemory() {
        while (!isOutOfMemory && !isClosed) {
            LockSupport.park(this);
        }
        if (isOutOfMemory) {
            end.outOfMemory();
        }
    }

    /** The last words may fail, or wait for somebody. */
    private void haltInTheEnd() {
        while (!isEnding && !isClosed) {
            LockSupport.park(this);
        }
        try {
            if (isEnding) {
                Thread.sleep(END_MILLIS);
            }
        } catch (Throwable e) {
            // Then at once.
        } finally {
            if (isEnding) {
                end.halt();
            }
        }
    }

    /** Why the process must end; anything when this was closed. */
    private String untilBroken() {
        String reason = "";
        while (!isClosed && reason.isEmpty()) {
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                // Closed.
            }
            reason = isClosed ? "" : stalled();
        }
        return reason;
    }

    private String stalled() {
        for (Loop loop : loops) {
            loop.misses = loop.hasAnswered ? 0 : loop.misses + 1;
            if (loop.misses >= maxMisses) {
                return "an event loop has not answered for " + maxMisses * LOOK_MILLIS / 1000 + " s" + stacks();
            }
            if (loop.hasAnswered) {
                loop.hasAnswered = false;
                try {
                    loop.executor.execute(loop);
                    loop.rejections = 0;
                } catch (RejectedExecutionException e) {
                    loop.hasAnswered = true;
                    // Twice in a row: a start that was refused closes Vert.x and then us.
                    if (++loop.rejections > 1) {
                        return isClosed ? "" : "an event loop has died";
                    }
                }
            }
        }
        return "";
    }

    /** Where the event loops are: the only trace of what one of them waits for. */
    private static String stacks() {
        StringBuilder text = new StringBuilder();
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            if (thread.getName().contains("eventloop") || thread.getName().contains("acceptor")) {
                text.append(System.lineSeparator()).append("    ").append(thread.getName());
                for (int i = 0; i < Math.min(stack.length, 12); i++) {
                    text.append(System.lineSeparator()).append("        ").append(stack[i]);
                }
            }
        });
        return text.toString();
    }

    /** Before Vert.x is closed: its event loops end then. */
    @Override
    public void close() {
        isClosed = true;
        ON_DUTY.compareAndSet(this, null);
        thread.interrupt();
        LockSupport.unpark(speaking);
        LockSupport.unpark(halting);
    }
}
