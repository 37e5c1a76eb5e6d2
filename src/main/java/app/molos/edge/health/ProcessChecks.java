package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.State;
import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;

/** Looks at the process itself: its event loops, heap, disk, files and clock. */
public final class ProcessChecks {
    private static final long LAG_DEGRADED = 250;
    private static final long LAG_DOWN = 2000;
    private static final double HEAP_DEGRADED = 0.85;
    private static final double HEAP_DOWN = 0.95;
    private static final double FILES_DEGRADED = 0.8;
    private static final double FILES_DOWN = 0.95;
    /** A disk with an eighth of what must be free is as good as full. */
    private static final int DISK_DOWN = 8;

    private static final long JUMP_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long JUMP_SHOWN_NANOS = Duration.ofMinutes(1).toNanos();

    private ProcessChecks() {}

    public static Supplier<Future<State>> loops(LoopLag lag) {
        return () -> {
            long millis = lag.millis();
            String detail = "milliseconds late, by loop: " + lag.each();
            return Future.succeededFuture(
                    millis >= LAG_DOWN
                            ? State.down("overloaded", detail)
                            : millis >= LAG_DEGRADED ? State.degraded("late", detail) : State.UP);
        };
    }

    /** Looks at what is left after a collection: what is used between two says nothing. */
    public static Supplier<Future<State>> heap() {
        return () -> {
            long used = 0;
            for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                MemoryUsage after = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
                used += after == null ? 0 : after.getUsed();
            }
            return Future.succeededFuture(
                    share(used, Runtime.getRuntime().maxMemory(), HEAP_DEGRADED, HEAP_DOWN, "heap_full"));
        };
    }

    /** Counts them on a worker: the system lists each. */
    public static Supplier<Future<State>> files(Vertx vertx) {
        return () -> vertx.executeBlocking(
                () -> ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                        ? share(
                                unix.getOpenFileDescriptorCount(),
                                unix.getMaxFileDescriptorCount(),
                                FILES_DEGRADED,
                                FILES_DOWN,
                                "files_used_up")
                        : State.UP,
                false);
    }

    /**
     * Looks at the space that is left, on a worker.
     *
     * @param atLeastMiB free; with less it degrades
     */
    public static Supplier<Future<State>> disk(Vertx vertx, Path directory, int atLeastMiB) {
        return () -> vertx.executeBlocking(
                () -> {
                    long free = Files.getFileStore(directory).getUsableSpace() >> 20;
                    String detail = free + " MiB free";
                    return free * DISK_DOWN < atLeastMiB
                            ? State.down("disk_full", detail)
                            : free < atLeastMiB ? State.degraded("disk_low", detail) : State.UP;
                },
                false);
    }

    /** A clock that was set ends sessions early, or lets them live; a minute later it is old news. */
    public static Supplier<Future<State>> clock(Clock clock) {
        return new Supplier<>() {
            private long millis = clock.millis();
            private long nanos = System.nanoTime();
            private long jumpNanos;
            private long shownUntil = nanos - 1;

            @Override
            public Future<State> get() {
                long nowMillis = clock.millis();
                long now = System.nanoTime();
                long jump = (nowMillis - millis) * 1_000_000 - (now - nanos);
                millis = nowMillis;
                nanos = now;
                if (Math.abs(jump) > JUMP_NANOS) {
                    jumpNanos = jump;
                    shownUntil = now + JUMP_SHOWN_NANOS;
                }
                return Future.succeededFuture(
                        now - shownUntil > 0
                                ? State.UP
                                : State.degraded(
                                        jumpNanos > 0 ? "clock_jumped_forward" : "clock_jumped_back",
                                        Duration.ofNanos(jumpNanos).toSeconds() + " s"));
            }
        };
    }

    private static State share(long used, long most, double degraded, double down, String code) {
        double share = most <= 0 ? 0 : (double) used / most;
        String detail = Math.round(share * 100) + " % of " + most;
        return share >= down ? State.down(code, detail) : share >= degraded ? State.degraded(code, detail) : State.UP;
    }
}
