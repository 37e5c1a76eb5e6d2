package app.molos.edge.backup.archive;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Counts and hashes what is read of an entry, within what it may unpack to; closing it leaves the zip open. */
final class PartStream extends InputStream {
    private final InputStream in;
    private final MessageDigest digest = Digesting.sha256();
    private final long most;
    private long size;

    /** @param most bytes that may still come */
    PartStream(InputStream in, long most) {
        this.in = in;
        this.most = most;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = in.read(bytes, offset, length);
        if (read > 0) {
            digest.update(bytes, offset, read);
            size += read;
            if (size > most) {
                throw new DamagedArchive("unpacks to more than a backup of its size does");
            }
        }
        return read;
    }

    long size() {
        return size;
    }

    /** Returns the SHA-256 of what was read, in lower-case hexadecimal; call once. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
