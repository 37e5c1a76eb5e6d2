package app.molos.edge.passwords;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * scrypt (RFC 7914) with p = 1. Its large table is kept by the thread that hashes: allocated for each hash, tens of MiB
 * that live for a tenth of a second keep the garbage collector busy, and everybody else waits for it.
 */
final class ScryptFunction {
    private static final ThreadLocal<int[]> TABLES = ThreadLocal.withInitial(() -> new int[0]);
    private static final int SALSA_INTS = 16;

    private ScryptFunction() {}

    /**
     * @param cost N, a power of two
     * @param blockSize r; the table takes {@code 128 * N * r} bytes
     */
    static byte[] derive(byte[] password, byte[] salt, int cost, int blockSize, int length) {
        int blockInts = 2 * blockSize * SALSA_INTS;
        ByteBuffer bytes = ByteBuffer.wrap(pbkdf2(password, salt, blockInts * Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        int[] block = new int[blockInts];
        bytes.asIntBuffer().get(block);
        bytes.asIntBuffer().put(mix(block, cost, blockSize));
        return pbkdf2(password, bytes.array(), length);
    }

    private static int[] mix(int[] block, int cost, int blockSize) {
        int size = block.length;
        int[] table = table(cost * size);
        int[] x = block;
        int[] y = new int[size];
        int[] salsa = new int[SALSA_INTS];
        for (int i = 0; i < cost; i++) {
            System.arraycopy(x, 0, table, i * size, size);
            mixBlock(x, y, salsa, blockSize);
            int[] swapped = x;
            x = y;
            y = swapped;
        }
        for (int i = 0; i < cost; i++) {
            int from = (x[size - SALSA_INTS] & (cost - 1)) * size;
            for (int k = 0; k < size; k++) {
                x[k] ^= table[from + k];
            }
            mixBlock(x, y, salsa, blockSize);
            int[] swapped = x;
            x = y;
            y = swapped;
        }
        return x;
    }

    private static int[] table(int ints) {
        int[] table = TABLES.get();
        if (table.length < ints) {
            // The old one goes before the new one comes: both at once may be too much.
            TABLES.remove();
            table = new int[ints];
            TABLES.set(table);
        }
        return table;
    }

    private static void mixBlock(int[] from, int[] to, int[] salsa, int blockSize) {
        System.arraycopy(from, from.length - SALSA_INTS, salsa, 0, SALSA_INTS);
        for (int i = 0; i < 2 * blockSize; i++) {
            for (int k = 0; k < SALSA_INTS; k++) {
                salsa[k] ^= from[i * SALSA_INTS + k];
            }
            salsa208(salsa);
            int place = (i & 1) == 0 ? i / 2 : blockSize + i / 2;
            System.arraycopy(salsa, 0, to, place * SALSA_INTS, SALSA_INTS);
        }
    }

    /** Eight rounds of Salsa20, in variables so that they stay in registers. */
    private static void salsa208(int[] b) {
        int x0 = b[0], x1 = b[1], x2 = b[2], x3 = b[3], x4 = b[4], x5 = b[5], x6 = b[6], x7 = b[7];
        int x8 = b[8], x9 = b[9], x10 = b[10], x11 = b[11], x12 = b[12], x13 = b[13], x14 = b[14], x15 = b[15];
        for (int i = 0; i < 4; i++) {
            x4 ^= Integer.rotateLeft(x0 + x12, 7);
            x8 ^= Integer.rotateLeft(x4 + x0, 9);
            x12 ^= Integer.rotateLeft(x8 + x4, 13);
            x0 ^= Integer.rotateLeft(x12 + x8, 18);
            x9 ^= Integer.rotateLeft(x5 + x1, 7);
            x13 ^= Integer.rotateLeft(x9 + x5, 9);
            x1 ^= Integer.rotateLeft(x13 + x9, 13);
            x5 ^= Integer.rotateLeft(x1 + x13, 18);
            x14 ^= Integer.rotateLeft(x10 + x6, 7);
            x2 ^= Integer.rotateLeft(x14 + x10, 9);
            x6 ^= Integer.rotateLeft(x2 + x14, 13);
            x10 ^= Integer.rotateLeft(x6 + x2, 18);
            x3 ^= Integer.rotateLeft(x15 + x11, 7);
            x7 ^= Integer.rotateLeft(x3 + x15, 9);
            x11 ^= Integer.rotateLeft(x7 + x3, 13);
            x15 ^= Integer.rotateLeft(x11 + x7, 18);
            x1 ^= Integer.rotateLeft(x0 + x3, 7);
            x2 ^= Integer.rotateLeft(x1 + x0, 9);
            x3 ^= Integer.rotateLeft(x2 + x1, 13);
            x0 ^= Integer.rotateLeft(x3 + x2, 18);
            x6 ^= Integer.rotateLeft(x5 + x4, 7);
            x7 ^= Integer.rotateLeft(x6 + x5, 9);
            x4 ^= Integer.rotateLeft(x7 + x6, 13);
            x5 ^= Integer.rotateLeft(x4 + x7, 18);
            x11 ^= Integer.rotateLeft(x10 + x9, 7);
            x8 ^= Integer.rotateLeft(x11 + x10, 9);
            x9 ^= Integer.rotateLeft(x8 + x11, 13);
            x10 ^= Integer.rotateLeft(x9 + x8, 18);
            x12 ^= Integer.rotateLeft(x15 + x14, 7);
            x13 ^= Integer.rotateLeft(x12 + x15, 9);
            x14 ^= Integer.rotateLeft(x13 + x12, 13);
            x15 ^= Integer.rotateLeft(x14 + x13, 18);
        }
        add(b, 0, x0, x1, x2, x3, x4, x5, x6, x7);
        add(b, 8, x8, x9, x10, x11, x12, x13, x14, x15);
    }

    private static void add(int[] b, int i, int x0, int x1, int x2, int x3, int x4, int x5, int x6, int x7) {
        b[i] += x0;
        b[i + 1] += x1;
        b[i + 2] += x2;
        b[i + 3] += x3;
        b[i + 4] += x4;
        b[i + 5] += x5;
        b[i + 6] += x6;
        b[i + 7] += x7;
    }

    /** PBKDF2-HMAC-SHA256 with one iteration, which is all that scrypt asks of it. */
    private static byte[] pbkdf2(byte[] password, byte[] salt, int length) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            // The JDK takes no empty key; HMAC pads with zeros, so a zero byte is the same key.
            mac.init(new SecretKeySpec(password.length == 0 ? new byte[1] : password, "HmacSHA256"));
            byte[] output = new byte[(length + 31) / 32 * 32];
            for (int i = 0; i < output.length / 32; i++) {
                mac.update(salt);
                mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(i + 1).array());
                mac.doFinal(output, i * 32);
            }
            return Arrays.copyOf(output, length);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
