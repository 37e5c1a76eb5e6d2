package app.molos.edge.proxy;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The WebSockets and event streams of one event loop. They outlive any grace, so a server that leaves says goodbye to
 * them, spread over a while: all of them come back somewhere else. Confined to one event loop.
 */
final class OpenStreams {
    /** A stream that can be ended so that its client knows it should come back. */
    interface Stream {
        void goAway();
    }

    private final Vertx vertx;
    private final Set<Stream> open = new LinkedHashSet<>();
    private final Set<Long> timers = new HashSet<>();
    private boolean isLeaving;

    OpenStreams(Vertx vertx) {
        this.vertx = vertx;
    }

    /** A stream that opens while the server leaves is sent away soon, by its own fault of coming late. */
    void add(Stream stream) {
        open.add(stream);
        if (isLeaving) {
            later(stream, 1 + ThreadLocalRandom.current().nextLong(100));
        }
    }

    void remove(Stream stream) {
        open.remove(stream);
    }

    int size() {
        return open.size();
    }

    /** Sends all of them away, evenly spread. */
    void leave(Duration spread) {
        if (isLeaving) {
            return;
        }
        isLeaving = true;
        List<Stream> all = new ArrayList<>(open);
        Collections.shuffle(all, ThreadLocalRandom.current());
        for (int i = 0; i < all.size(); i++) {
            long millis = spread.toMillis() * i / all.size();
            if (millis == 0) {
                all.get(i).goAway();
            } else {
                later(all.get(i), millis);
            }
        }
    }

    /** Keeps those that were not sent away yet. */
    void stay() {
        isLeaving = false;
        timers.forEach(vertx::cancelTimer);
        timers.clear();
    }

    private void later(Stream stream, long millis) {
        timers.add(vertx.setTimer(millis, t -> {
            timers.remove(t);
            if (open.contains(stream)) {
                stream.goAway();
            }
        }));
    }
}
