package app.molos.edge.users;

import java.security.SecureRandom;

/** Ids and tokens as the auth wire has them: letters and digits from a cryptographic source, about 6 bits each. */
public final class Ids {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int LENGTH = 32;

    private final SecureRandom random;

    public Ids(SecureRandom random) {
        this.random = random;
    }

    /** 32 characters, about 190 bits. */
    public String next() {
        return next(LENGTH);
    }

    /** So many characters, about 6 bits each. */
    public String next(int length) {
        StringBuilder id = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }
}
