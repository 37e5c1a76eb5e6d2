package app.molos.edge.intrusion;

import app.molos.edge.intrusion.Scenario.Field;
import app.molos.edge.intrusion.WordAutomaton.Word;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** All scenarios, with one automaton for the words of each field. Immutable. */
final class Scenarios {
    private static final int REMEMBERED = 512;
    private static final int MOST_REMEMBERED = 400;

    /** A request without a query, refused by nobody, that no scenario is about. Immutable: any thread may find it. */
    private record Plain(RequestFacts.Line line, int status) {
        private boolean is(RequestFacts.Line other, int answered) {
            return status == answered
                    && line.path().equals(other.path())
                    && line.routed().equals(other.routed())
                    && line.agent().equals(other.agent())
                    && line.method().equals(other.method());
        }
    }

    private final List<Scenario> all;
    /** Found by what is asked and by whose program: most requests are ones that came before. */
    private final @Nullable Plain[] plain = new Plain[REMEMBERED];
    /** Those that look for words. */
    private final List<Scenario.Compiled> withWords = new ArrayList<>();
    /** Those that are about what is odd otherwise: refused, forged. */
    private final List<Scenario.Compiled> forOdd = new ArrayList<>();
    /** The rest, which any request may be what they are about. */
    private final List<Scenario.Compiled> forPlain = new ArrayList<>();

    private final WordAutomaton ofPath;
    private final WordAutomaton ofQuery;
    private final WordAutomaton ofAgent;
    private int words;

    Scenarios(List<Scenario> scenarios) {
        all = List.copyOf(scenarios);
        Map<Field, List<Word>> byField = new EnumMap<>(Field.class);
        for (Field field : Field.values()) {
            byField.put(field, new ArrayList<>());
        }
        for (Scenario scenario : all) {
            if (scenario.mode() != Scenario.Mode.OFF) {
                List<BitSet> numbers = new ArrayList<>();
                scenario.when().words().forEach(condition -> numbers.add(number(condition, byField)));
                Scenario.Compiled one = new Scenario.Compiled(scenario, numbers);
                (scenario.hasWords() ? withWords : scenario.isAboutPlainRequests() ? forPlain : forOdd).add(one);
            }
        }
        ofPath = new WordAutomaton(Objects.requireNonNull(byField.get(Field.PATH)));
        ofQuery = new WordAutomaton(Objects.requireNonNull(byField.get(Field.QUERY)));
        ofAgent = new WordAutomaton(Objects.requireNonNull(byField.get(Field.AGENT)));
    }

    private BitSet number(Scenario.Words condition, Map<Field, List<Word>> byField) {
        BitSet numbers = new BitSet();
        for (Field field : condition.fields()) {
            for (String text : condition.words()) {
                numbers.set(words);
                Objects.requireNonNull(byField.get(field)).add(new Word(words++, text));
            }
        }
        return numbers;
    }

    List<Scenario> all() {
        return all;
    }

    /** Returns those that a request is what they are about. */
    List<Scenario> matching(RequestFacts facts) {
        RequestFacts.Line line = facts.line();
        boolean mayBePlain = line.query().isEmpty()
                && facts.code().isEmpty()
                && !facts.isRefused()
                && !facts.marks().isForged();
        if (!mayBePlain) {
            return search(facts);
        }
        int place = (line.path().hashCode() * 31 + line.agent().hashCode()) & (REMEMBERED - 1);
        Plain known = plain[place];
        if (known != null && known.is(line, facts.status())) {
            return List.of();
        }
        List<Scenario> matching = search(facts);
        if (matching.isEmpty() && line.path().length() + line.agent().length() <= MOST_REMEMBERED) {
            plain[place] = new Plain(line, facts.status());
        }
        return matching;
    }

    private List<Scenario> search(RequestFacts facts) {
        BitSet hits = new BitSet();
        find(ofPath, facts.line().path(), hits);
        if (!facts.line().routed().equals(facts.line().path())) {
            find(ofPath, facts.line().routed(), hits);
        }
        find(ofQuery, facts.line().query(), hits);
        ofAgent.find(facts.line().agent(), hits);
        List<Scenario> matching = new ArrayList<>(0);
        if (!hits.isEmpty()) {
            add(withWords, facts, hits, matching);
        }
        if (facts.isRefused() || facts.marks().isForged()) {
            add(forOdd, facts, hits, matching);
        }
        add(forPlain, facts, hits, matching);
        return matching;
    }

    private static void add(
            List<Scenario.Compiled> scenarios, RequestFacts facts, BitSet hits, List<Scenario> matching) {
        for (Scenario.Compiled one : scenarios) {
            if (one.matches(facts, hits)) {
                matching.add(one.scenario());
            }
        }
    }

    private static void find(WordAutomaton automaton, String text, BitSet hits) {
        if (!text.isEmpty()) {
            for (String reading : Readings.of(text)) {
                automaton.find(reading, hits);
            }
        }
    }
}
