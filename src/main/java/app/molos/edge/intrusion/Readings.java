package app.molos.edge.intrusion;

import java.util.List;

/**
 * The ways in which servers may read a text of a request's target: as it was sent, and decoded as often as it can be, with
 * what is written overlong or with backslashes as what it stands for. Takes time in proportion to the text.
 */
final class Readings {
    private static final int ROUNDS = 3;

    private Readings() {}

    /** Returns the text, and what it is decoded, if that is another one. */
    static List<String> of(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('\\') < 0 && text.indexOf('+') < 0) {
            return List.of(text);
        }
        String decoded = decode(text);
        for (int i = 1; i < ROUNDS && decoded.indexOf('%') >= 0; i++) {
            String again = decode(decoded);
            if (again.equals(decoded)) {
                break;
            }
            decoded = again;
        }
        decoded = decoded.replace('\\', '/');
        return decoded.equals(text) ? List.of(text) : List.of(text, decoded);
    }

    private static String decode(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            int octet = c == '%' ? octet(text, i + 1) : -1;
            if (octet >= 0) {
                int second =
                        (octet & 0xFE) == 0xC0 && i + 3 < length && text.charAt(i + 3) == '%' ? octet(text, i + 4) : -1;
                if (second >= 0) {
                    // Overlong: two octets for a character of ASCII, as in %c0%af.
                    out.append((char) (((octet & 0x1F) << 6) | (second & 0x3F)));
                    i += 5;
                } else {
                    out.append((char) octet);
                    i += 2;
                }
            } else if (c == '%' && i + 5 < length && (text.charAt(i + 1) | 32) == 'u' && octet(text, i + 2) == 0) {
                out.append((char) Math.max(0, octet(text, i + 4)));
                i += 5;
            } else {
                out.append(c == '+' ? ' ' : c);
            }
        }
        return out.toString();
    }

    private static int octet(String text, int at) {
        if (at + 1 >= text.length()) {
            return -1;
        }
        int high = Character.digit(text.charAt(at), 16);
        int low = Character.digit(text.charAt(at + 1), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }
}
