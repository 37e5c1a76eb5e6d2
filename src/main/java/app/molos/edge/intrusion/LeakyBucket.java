package app.molos.edge.intrusion;

import java.util.ArrayList;
import java.util.List;

/** One bucket of one scenario, with what is in it as evidence. Thread-safe. */
final class LeakyBucket {
    private static final int MOST_EVIDENCE = 12;
    private static final int MOST_DISTINCT = 64;

    private double level;
    private long leakedAt;
    private long quietUntil = Long.MIN_VALUE;
    private final long[] seen = new long[MOST_DISTINCT];
    private int seenCount;
    private final List<String> evidence = new ArrayList<>();

    /**
     * Pours a request in. Returns what filled the bucket when it is full, which empties it; else nothing.
     *
     * @param distinct what counts once; 0: each counts
     */
    synchronized List<String> pour(Scenario.Bucket bucket, long atMillis, long distinct, String what) {
        if (atMillis < quietUntil) {
            return List.of();
        }
        double leaked =
                (double) Math.max(0, atMillis - leakedAt) / bucket.leak().toMillis();
        level = Math.max(0, level - leaked);
        leakedAt = Math.max(leakedAt, atMillis);
        if (level == 0) {
            empty();
        }
        if (distinct != 0 && isSeen(distinct)) {
            return List.of();
        }
        if (distinct != 0) {
            seen[seenCount++ % MOST_DISTINCT] = distinct;
        }
        if (evidence.size() == MOST_EVIDENCE) {
            evidence.remove(0);
        }
        evidence.add(what);
        level += bucket.weight();
        if (level <= bucket.capacity()) {
            return List.of();
        }
        List<String> filling = List.copyOf(evidence);
        quietUntil = atMillis + bucket.quiet().toMillis();
        level = 0;
        empty();
        return filling;
    }

    private void empty() {
        seenCount = 0;
        evidence.clear();
    }

    private boolean isSeen(long distinct) {
        for (int i = 0; i < Math.min(seenCount, MOST_DISTINCT); i++) {
            if (seen[i] == distinct) {
                return true;
            }
        }
        return false;
    }
}
