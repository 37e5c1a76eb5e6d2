package app.molos.edge.passwords;

import app.molos.edge.web.HttpError;
import com.nulabinc.zxcvbn.Zxcvbn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Which passwords are refused: too short, too long, common, or made of what others know about their owner. */
public final class PasswordPolicy {
    /** In UTF-16 code units, as the wire counts. */
    public static final int MIN_LENGTH = 8;

    public static final int MAX_LENGTH = 128;

    /** Refuses what zxcvbn calls "very guessable" or worse: under a million guesses. */
    private static final int LEAST_SCORE = 2;
    /** Its work grows fast with the length, and what is longer than this is hard to guess by its length. */
    private static final int JUDGED_LENGTH = 48;

    /** Letters and digits that a password must have beside words that everybody knows of its owner. */
    private static final int LEAST_OWN = 5;

    private final Zxcvbn zxcvbn = new Zxcvbn();

    /** Throws 400 with the wire's codes. */
    public static void refuseLength(String password) {
        if (password.length() < MIN_LENGTH) {
            throw HttpError.of(400, "PASSWORD_TOO_SHORT", "Password too short");
        }
        if (password.length() > MAX_LENGTH) {
            throw HttpError.of(400, "PASSWORD_TOO_LONG", "Password too long");
        }
    }

    /** Throws 400 for a password that others would try early; takes some milliseconds. */
    void refuseWeak(String password, String... owner) {
        String judged = password.substring(0, Math.min(password.length(), JUDGED_LENGTH));
        List<String> words = words(owner);
        if (isMadeOf(words, judged) || zxcvbn.measure(judged, words).getScore() < LEAST_SCORE) {
            throw HttpError.of(
                    400,
                    "PASSWORD_TOO_WEAK",
                    "Password too weak: it is common, or made of your name or address. A few unrelated words make a good one.");
        }
    }

    /** Whether little is left when these words are taken out: zxcvbn counts each of them as a guess of its own. */
    private static boolean isMadeOf(List<String> words, String password) {
        String lower = password.toLowerCase(Locale.ROOT);
        String left = lower;
        for (String word : words) {
            left = left.replace(word, " ");
        }
        return !left.equals(lower)
                && left.codePoints().filter(Character::isLetterOrDigit).count() < LEAST_OWN;
    }

    /** A name and an address, whole and in their parts, and what every visitor of this site knows. */
    private static List<String> words(String... owner) {
        List<String> words = new ArrayList<>(List.of("molos", "edge", "molosedge"));
        for (String text : owner) {
            String lower = text.toLowerCase(Locale.ROOT);
            words.add(lower.substring(0, Math.min(lower.length(), JUDGED_LENGTH)));
            for (String part : lower.split("[^\\p{L}\\p{N}]+", -1)) {
                if (part.length() > 2) {
                    words.add(part.substring(0, Math.min(part.length(), JUDGED_LENGTH)));
                }
            }
        }
        words.sort(Comparator.comparingInt(String::length).reversed());
        return words;
    }
}
