package app.molos.edge.intrusion;

import app.molos.edge.ratelimit.KeyHash;
import app.molos.edge.web.ClientAddress;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.security.SecureRandom;
import java.util.List;

/**
 * Pours requests that look like an attack into buckets, and tells of each that is full. Asks nobody and waits for
 * nothing. Thread-safe.
 */
final class Detector {
    /** Hears of what filled a bucket. */
    interface Listener {
        /**
         * Decides what becomes of whoever filled it.
         *
         * @param evidence a line for each request, the oldest first
         */
        void full(Scenario scenario, RequestFacts last, List<String> evidence);
    }

    private static final int MOST_BUCKETS = 10_000;
    private static final int MOST_PATH = 120;

    private record Key(String scenario, String whose) {}

    private final Listener listener;
    private final Cache<Key, LeakyBucket> buckets = Caffeine.newBuilder()
            .maximumSize(MOST_BUCKETS)
            .executor(Runnable::run)
            .build();

    /** Keyed: nobody can look for texts that count as one. */
    private final KeyHash hash;

    private volatile Scenarios scenarios;

    Detector(Scenarios scenarios, Listener listener) {
        this.scenarios = scenarios;
        this.listener = listener;
        this.hash = new KeyHash(new SecureRandom());
    }

    /** Goes by others from now on; what is in buckets of the same name stays. */
    void use(Scenarios others) {
        scenarios = others;
    }

    Scenarios scenarios() {
        return scenarios;
    }

    void see(RequestFacts facts) {
        for (Scenario scenario : scenarios.matching(facts)) {
            // People make their programs ask for what is not there; only what looks like an attack by itself is one.
            boolean isExcused = !scenario.hasWords()
                    && (facts.marks().isOwnPage() || (facts.who().isSignedIn() && scenario.isAboutMisses()));
            if (!isExcused) {
                pour(scenario, facts);
            }
        }
    }

    private void pour(Scenario scenario, RequestFacts facts) {
        String whose =
                scenario.group() == Scenario.Group.NETWORK && !facts.who().isSignedIn()
                        ? ClientAddress.site(facts.who().address())
                        : facts.subject();
        // What pages make browsers send fills buckets of its own, so that nobody's page fills somebody's.
        String name = facts.marks().isEmbedded() ? scenario.name() + " (embedded)" : scenario.name();
        List<String> filling = buckets.get(new Key(name, whose), k -> new LeakyBucket())
                .pour(scenario.bucket(), facts.atMillis(), distinct(scenario, facts), line(facts));
        if (!filling.isEmpty()) {
            listener.full(scenario, facts, filling);
        }
    }

    private long distinct(Scenario scenario, RequestFacts facts) {
        String what = switch (scenario.bucket().distinct()) {
            case NONE -> "";
            case PATH -> facts.line().path();
            case QUERY -> facts.line().path() + '?' + facts.line().query();
            case ACCOUNT -> facts.marks().account();
        };
        return what.isEmpty() ? 0 : hash.of("distinct", what);
    }

    /** Without the query's values: evidence is stored and shown. */
    private static String line(RequestFacts facts) {
        String path = facts.line().path();
        return facts.line().method()
                + ' '
                + (path.length() > MOST_PATH ? path.substring(0, MOST_PATH) + "..." : path)
                + (facts.line().query().isEmpty() ? "" : "?...")
                + ' '
                + facts.status()
                + (facts.code().isEmpty() ? "" : ' ' + facts.code());
    }
}
