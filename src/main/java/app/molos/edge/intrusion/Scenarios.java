package app.molos.edge.intrusion;

import app.molos.edge.intrusion.Scenario.Field;
import app.molos.edge.intrusion.WordAutomaton.Word;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** All scenarios, with one automaton for the words of each field. Immutable. */
final class Scenarios {
    private final List<Scenario> all;
    private final List<Scenario.Compiled> compiled = new ArrayList<>();
    /** Those that a request may be, in which no word is found and that was given what it asked for. */
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
                compiled.add(one);
                if (scenario.isAboutPlainRequests()) {
                    forPlain.add(one);
                }
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
        BitSet hits = new BitSet();
        find(ofPath, facts.line().path(), hits);
        find(ofQuery, facts.line().query(), hits);
        ofAgent.find(facts.line().agent(), hits);
        boolean isPlain = hits.isEmpty() && !facts.isRefused() && !facts.marks().isForged();
        List<Scenario> matching = List.of();
        for (Scenario.Compiled one : isPlain ? forPlain : compiled) {
            if (one.matches(facts, hits)) {
                matching = matching.isEmpty() ? new ArrayList<>() : matching;
                matching.add(one.scenario());
            }
        }
        return matching;
    }

    private static void find(WordAutomaton automaton, String text, BitSet hits) {
        if (!text.isEmpty()) {
            for (String reading : Readings.of(text)) {
                automaton.find(reading, hits);
            }
        }
    }
}
