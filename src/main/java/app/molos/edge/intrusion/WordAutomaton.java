package app.molos.edge.intrusion;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Finds which of many words stand in a text, in one pass whatever the text: an Aho-Corasick automaton as a table of
 * states by kinds of characters. Upper and lower case are the same. Immutable.
 */
final class WordAutomaton {
    /** Before the first and behind the last character of every text, so that a word can be tied to either. */
    private static final char START = '\u0001';

    private static final char END = '\u0002';
    private static final int ASCII = 128;
    private static final int MOST_STATES = Character.MAX_VALUE;

    /** The kind of a character; 0: in no word. */
    private final byte[] kinds = new byte[ASCII];

    private final int kindCount;
    private final char[] next;
    /** The words that end in a state. */
    private final int[][] ends;

    /**
     * A word of ASCII and the number that it is found as; {@code ^} at the beginning and {@code $} at the end tie it to
     * those of the text.
     */
    record Word(int number, String text) {}

    WordAutomaton(List<Word> words) {
        List<Word> tied = words.stream()
                .map(word -> new Word(word.number(), tied(word.text())))
                .toList();
        int count = 1;
        for (Word one : tied) {
            String word = one.text();
            for (int i = 0; i < word.length(); i++) {
                if (kinds[word.charAt(i)] == 0) {
                    kinds[word.charAt(i)] = (byte) count++;
                }
            }
        }
        for (char c = 'A'; c <= 'Z'; c++) {
            kinds[c] = kinds[c + 32];
        }
        kindCount = count;
        List<int[]> table = new ArrayList<>();
        List<BitSet> found = new ArrayList<>();
        grow(tied, table, found);
        int[] fails = link(table, found);
        next = flat(table, fails);
        ends = new int[table.size()][];
        for (int state = 0; state < table.size(); state++) {
            ends[state] = found.get(state).stream().toArray();
        }
    }

    /** Adds the numbers of the words that stand in the text. */
    void find(CharSequence text, BitSet hits) {
        int state = next[kinds[START]];
        note(state, hits);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            state = next[state * kindCount + (c < ASCII && c > END ? kinds[c] : 0)];
            note(state, hits);
        }
        note(next[state * kindCount + kinds[END]], hits);
    }

    private void note(int state, BitSet hits) {
        for (int word : ends[state]) {
            hits.set(word);
        }
    }

    private void grow(List<Word> words, List<int[]> table, List<BitSet> found) {
        addState(table, found);
        for (Word word : words) {
            int state = 0;
            for (int at = 0; at < word.text().length(); at++) {
                int kind = kinds[word.text().charAt(at)];
                int[] row = table.get(state);
                if (row[kind] < 0) {
                    row[kind] = table.size();
                    addState(table, found);
                }
                state = row[kind];
            }
            found.get(state).set(word.number());
        }
    }

    private void addState(List<int[]> table, List<BitSet> found) {
        if (table.size() == MOST_STATES) {
            throw new IllegalArgumentException("the words are too many: together longer than " + MOST_STATES);
        }
        int[] row = new int[kindCount];
        Arrays.fill(row, -1);
        table.add(row);
        found.add(new BitSet());
    }

    /** Sets where each state falls back to, nearest first, and lets it have the words that end there. */
    private int[] link(List<int[]> table, List<BitSet> found) {
        int[] fails = new int[table.size()];
        ArrayDeque<Integer> order = new ArrayDeque<>();
        order.add(0);
        while (!order.isEmpty()) {
            int state = order.remove();
            int[] row = table.get(state);
            for (int kind = 0; kind < kindCount; kind++) {
                int fallen = state == 0 ? 0 : table.get(fails[state])[kind];
                if (row[kind] < 0) {
                    row[kind] = fallen;
                } else {
                    fails[row[kind]] = fallen;
                    found.get(row[kind]).or(found.get(fallen));
                    order.add(row[kind]);
                }
            }
        }
        return fails;
    }

    private char[] flat(List<int[]> table, int[] fails) {
        char[] flat = new char[fails.length * kindCount];
        for (int state = 0; state < fails.length; state++) {
            for (int kind = 0; kind < kindCount; kind++) {
                flat[state * kindCount + kind] = (char) table.get(state)[kind];
            }
        }
        return flat;
    }

    private static String tied(String word) {
        String text = word.toLowerCase(Locale.ROOT);
        text = text.startsWith("^") ? START + text.substring(1) : text;
        return text.endsWith("$") ? text.substring(0, text.length() - 1) + END : text;
    }
}
