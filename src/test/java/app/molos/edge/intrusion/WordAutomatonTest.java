package app.molos.edge.intrusion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordAutomatonTest {
    private static BitSet find(List<String> words, String text) {
        BitSet hits = new BitSet();
        List<WordAutomaton.Word> numbered = new ArrayList<>();
        words.forEach(word -> numbered.add(new WordAutomaton.Word(numbered.size(), word)));
        new WordAutomaton(numbered).find(text, hits);
        return hits;
    }

    @Test
    void words_areFound_inOneAnother_inAnyCase_andTiedToTheEnds() {
        List<String> words = List.of("he", "she", "his", "hers", "^/.env", ".env$", "^/exact$");
        assertThat(find(words, "uSHErs").stream()).containsExactly(0, 1, 3);
        assertThat(find(words, "/.env").stream()).containsExactly(4, 5);
        assertThat(find(words, "/x/.env").stream()).containsExactly(5);
        assertThat(find(words, "/.env.bak").stream()).containsExactly(4);
        assertThat(find(words, "/exact").stream()).containsExactly(6);
        assertThat(find(words, "/exactly").stream()).isEmpty();
        assertThat(find(words, "\u00e9\u4e2d\u0001/.env").stream()).containsExactly(5);
        assertThat(find(words, "").stream()).isEmpty();
        assertThat(find(List.of(), "anything").stream()).isEmpty();
    }

    /** Against what is plainly true, on few letters, where words overlap most. */
    @Test
    void randomWords_areFoundAsAPlainSearchFindsThem() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            List<String> words = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                words.add(letters(random, 1 + random.nextInt(5)));
            }
            String text = letters(random, random.nextInt(60)).toUpperCase(Locale.ROOT);
            BitSet expected = new BitSet();
            for (int i = 0; i < words.size(); i++) {
                expected.set(i, text.toLowerCase(Locale.ROOT).contains(words.get(i)));
            }
            assertThat(find(words, text)).as("%s in %s", words, text).isEqualTo(expected);
        }
    }

    private static String letters(Random random, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append("abc/".charAt(random.nextInt(4)));
        }
        return text.toString();
    }

    /** IDS-08: decoded twice and three times, overlong, with backslashes. */
    @ParameterizedTest
    @CsvSource({
        "/a/%2e%2e/b, /a/../b",
        "/a/%252e%252e/b, /a/../b",
        "/a/%25252e./b, /a/../b",
        "/a/..%c0%afb, /a/../b",
        "/a/..%5cb, /a/../b",
        "/a/..\\b, /a/../b",
        "/%u002eenv, /.env",
        "union+select, union select",
        "/%zz/%2, /%zz/%2",
    })
    void readings_haveWhatServersMakeOfIt(String text, String reading) {
        assertThat(Readings.of(text)).contains(reading);
    }
}
