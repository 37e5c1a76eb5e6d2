package app.molos.edge.passwords;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stored hash as text. The wire's own form is {@code <32 hex salt>:<128 hex key>} and means N 16384; a stronger one
 * says its N in front: {@code N=65536:<salt>:<key>}. r is 16 and p is 1 in both.
 */
final class Scrypt {
    static final int WIRE_COST = 16_384;
    static final int MAX_COST = 262_144;
    static final int SALT_BYTES = 16;
    private static final int BLOCK_SIZE = 16;
    private static final int KEY_BYTES = 64;
    private static final Pattern STORED =
            Pattern.compile("(?:N=(\\d{5,6}):)?([^:]{1,64}):([0-9a-fA-F]{" + KEY_BYTES * 2 + "})");

    private Scrypt() {}

    static String hash(String password, byte[] salt, int cost) {
        String saltHex = HexFormat.of().formatHex(salt);
        String key = HexFormat.of().formatHex(derive(password, saltHex, cost));
        return (cost == WIRE_COST ? "" : "N=" + cost + ":") + saltHex + ":" + key;
    }

    /** A text of the stored form that no password belongs to; checking it takes as long as checking a real one. */
    static String nobody(int cost) {
        return (cost == WIRE_COST ? "" : "N=" + cost + ":") + "0".repeat(SALT_BYTES * 2) + ":"
                + "0".repeat(KEY_BYTES * 2);
    }

    /** Whether the password belongs to the stored text; a text of another form matches nothing. */
    static boolean matches(String password, String stored) {
        Matcher matcher = STORED.matcher(stored);
        if (!matcher.matches()) {
            return false;
        }
        int cost = costOf(matcher);
        return isAffordable(cost)
                && MessageDigest.isEqual(
                        HexFormat.of().parseHex(matcher.group(3)), derive(password, matcher.group(2), cost));
    }

    /** Whether the stored text was made with less work than is asked for now. */
    static boolean isWeaker(String stored, int cost) {
        Matcher matcher = STORED.matcher(stored);
        return matcher.matches() && costOf(matcher) < cost;
    }

    /** Works as long as a comparison at this cost takes longer than the one with the stored text did. */
    static void spendDifference(String password, String stored, int cost) {
        Matcher matcher = STORED.matcher(stored);
        if (matcher.matches()) {
            for (int n = Math.max(WIRE_COST, costOf(matcher)); n < cost; n *= 2) {
                derive(password, matcher.group(2), n);
            }
        }
    }

    /** Whether passwords can be compared with the text, in its form and with the work that it asks for. */
    static boolean isUsable(String text) {
        Matcher matcher = STORED.matcher(text);
        return matcher.matches() && isAffordable(costOf(matcher));
    }

    private static boolean isAffordable(int cost) {
        return cost >= 2 && cost <= MAX_COST && Integer.bitCount(cost) == 1;
    }

    private static int costOf(Matcher matcher) {
        return matcher.group(1) == null ? WIRE_COST : Integer.parseInt(matcher.group(1));
    }

    /** The salt goes in as its hex text, not as the bytes it stands for: that is how the wire's hashes were made. */
    private static byte[] derive(String password, String saltHex, int cost) {
        return ScryptFunction.derive(
                Normalizer.normalize(password, Normalizer.Form.NFKC).getBytes(StandardCharsets.UTF_8),
                saltHex.getBytes(StandardCharsets.UTF_8),
                cost,
                BLOCK_SIZE,
                KEY_BYTES);
    }
}
