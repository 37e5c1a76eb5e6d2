package app.molos.edge.intrusion;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * What an attack looks like: which requests fall into the bucket, whose bucket it is, and when it is full.
 *
 * @param why for the operator who asks what somebody was banned for
 */
record Scenario(String name, String why, When when, Group group, Bucket bucket, Mode mode) {
    /** What becomes of whoever fills the bucket. */
    enum Mode {
        OFF,
        /** It is counted and logged. */
        OBSERVE,
        /** They are banned. */
        ENFORCE
    }

    /** Whose requests fall into one bucket. Those of somebody who is signed in are their session's. */
    enum Group {
        ADDRESS,
        /** The /48 of an IPv6 address. */
        NETWORK
    }

    /** What counts once, however often it comes. */
    enum Distinct {
        NONE,
        PATH,
        QUERY,
        ACCOUNT
    }

    /**
     * A leaky bucket.
     *
     * @param capacity what it holds; it is full with more
     * @param leak in which one leaks out
     * @param weight of each request
     * @param quiet after which the same bucket may be full again
     */
    record Bucket(int capacity, Duration leak, Distinct distinct, int weight, Duration quiet) {}

    /** What a truth has to be. */
    enum Demand {
        EITHER,
        YES,
        NO;

        boolean isMet(boolean truth) {
            return this == EITHER || (this == YES) == truth;
        }
    }

    /** Where words are looked for. */
    enum Field {
        PATH,
        QUERY,
        AGENT
    }

    /** Holds when one of the words stands in one of the fields. Words are numbers in the automaton of a field. */
    record Words(List<Field> fields, List<String> words) {}

    /**
     * What a request must be like; all of it holds. Empty sets ask for nothing.
     *
     * @param statuses such as 404, or 4 for all from 400 to 499
     */
    record When(
            List<Words> words,
            Set<String> methods,
            Set<Integer> statuses,
            Set<String> codes,
            Demand refused,
            Demand forged) {
        /** Whether all holds but the words. */
        boolean fits(RequestFacts facts) {
            return (methods.isEmpty() || methods.contains(facts.line().method()))
                    && (statuses.isEmpty()
                            || statuses.contains(facts.status())
                            || statuses.contains(facts.status() / 100))
                    && (codes.isEmpty() || codes.contains(facts.code()))
                    && refused.isMet(facts.isRefused())
                    && forged.isMet(facts.marks().isForged());
        }
    }

    /** A scenario with the numbers of its words, an entry for each condition. */
    record Compiled(Scenario scenario, List<BitSet> words) {
        /**
         * Whether a request is what it is about.
         *
         * @param hits the words that stand in it, each in its field
         */
        boolean matches(RequestFacts facts, BitSet hits) {
            for (BitSet wanted : words) {
                if (!wanted.intersects(hits)) {
                    return false;
                }
            }
            return scenario.when().fits(facts);
        }
    }

    /** Whether it may be about a request that was given what it asked for. */
    boolean isAboutPlainRequests() {
        boolean asksForMore = !when.codes().isEmpty()
                || when.refused() == Demand.YES
                || when.forged() == Demand.YES
                || (!when.statuses().isEmpty()
                        && when.statuses().stream().allMatch(s -> s >= 400 || (s >= 4 && s < 10)));
        return !asksForMore;
    }

    /** Whether it asks for what no access log has: a query, a cookie, an account. */
    boolean needsMoreThanALog() {
        return when.forged() != Demand.EITHER
                || bucket.distinct() == Distinct.QUERY
                || bucket.distinct() == Distinct.ACCOUNT
                || when.words().stream().anyMatch(w -> w.fields().contains(Field.QUERY));
    }

    /** Whether it is about what was not there or not given. */
    boolean isAboutMisses() {
        return !when.statuses().isEmpty() || when.refused() == Demand.YES;
    }

    /** Whether it knows an attack by its words, not only by what became of it. */
    boolean hasWords() {
        return !when.words().isEmpty();
    }
}
