package app.molos.edge.ratelimit;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * Makes 64 bits of a key's name, by SipHash-2-4 under a secret: nobody outside can look for two names with the same bits.
 * Thread-safe.
 */
public final class KeyHash {
    private static final int CHARACTERS_A_WORD = 4;

    private final long k0;
    private final long k1;

    public KeyHash(SecureRandom random) {
        this(random.nextLong(), random.nextLong());
    }

    /** @param secret whose first 16 bytes are the key */
    public KeyHash(byte[] secret) {
        this(ByteBuffer.wrap(secret).getLong(), ByteBuffer.wrap(secret).getLong(Long.BYTES));
    }

    KeyHash(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    /** Returns the bits of a name within a family of names; never 0. */
    public long of(String family, String name) {
        State state = new State(k0, k1 ^ family.hashCode());
        int length = name.length();
        // One word more than the text fills: the rest, and the length in bytes.
        for (int at = 0; at <= length; at += CHARACTERS_A_WORD) {
            int rest = Math.min(CHARACTERS_A_WORD, length - at);
            long word = 0;
            for (int i = 0; i < rest; i++) {
                word |= (long) name.charAt(at + i) << (16 * i);
            }
            state.take(rest < CHARACTERS_A_WORD ? word | (2L * length) << 56 : word);
        }
        long hash = state.end();
        return hash == 0 ? 1 : hash;
    }

    private static final class State {
        private long v0;
        private long v1;
        private long v2;
        private long v3;

        private State(long k0, long k1) {
            v0 = k0 ^ 0x736f6d6570736575L;
            v1 = k1 ^ 0x646f72616e646f6dL;
            v2 = k0 ^ 0x6c7967656e657261L;
            v3 = k1 ^ 0x7465646279746573L;
        }

        private void take(long word) {
            v3 ^= word;
            rounds(2);
            v0 ^= word;
        }

        private long end() {
            v2 ^= 0xff;
            rounds(4);
            return v0 ^ v1 ^ v2 ^ v3;
        }

        private void rounds(int count) {
            for (int i = 0; i < count; i++) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v1;
                v0 += v3;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
        }
    }
}
