package app.molos.edge.backup.archive;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/** Archives inside age (age-encryption.org/v1, X25519), which the program {@code age} opens as well. */
public final class Encryption {
    private static final byte[] AGE = "age-encryption.org/v1\n".getBytes(StandardCharsets.US_ASCII);

    /**
     * A key pair.
     *
     * @param identity opens; {@code AGE-SECRET-KEY-1...}
     * @param recipient closes; {@code age1...}
     */
    public record Keys(String identity, String recipient) {
        @Override
        public String toString() {
            return recipient;
        }
    }

    private Encryption() {}

    public static Keys generate() {
        try {
            KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
            return new Keys(
                    new String(pair.getPrivate().getEncoded(), StandardCharsets.US_ASCII),
                    new String(pair.getPublic().getEncoded(), StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has X25519", e);
        }
    }

    /** Whether a text is the public half of a key. */
    public static boolean isRecipient(String text) {
        try {
            X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(text);
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false;
        }
    }

    /** Encrypts what is written, so that each of the recipients can open it; closing it closes {@code out}. */
    public static OutputStream seal(OutputStream out, List<String> recipients) throws IOException {
        try {
            List<RecipientStanzaWriter> writers = new ArrayList<>();
            for (String recipient : recipients) {
                writers.add(X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(recipient));
            }
            return Channels.newOutputStream(
                    new StandardEncryptingChannelFactory().newEncryptingChannel(Channels.newChannel(out), writers));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot be encrypted", e);
        }
    }

    /** Whether a file that begins so is encrypted. */
    public static boolean isSealed(byte[] beginning) {
        for (int i = 0; i < AGE.length; i++) {
            if (i >= beginning.length || beginning[i] != AGE[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Opens what {@link #seal} or {@code age} wrote.
     *
     * @throws LockedArchive when none of the identities fits, or it is damaged: which of the two is not told apart
     */
    public static InputStream open(InputStream in, List<String> identities) throws IOException {
        if (identities.isEmpty()) {
            throw new LockedArchive("is encrypted: name the file with its key (--identity FILE)");
        }
        try {
            List<RecipientStanzaReader> readers = new ArrayList<>();
            for (String identity : identities) {
                readers.add(X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(identity));
            }
            return new Opened(Channels.newInputStream(
                    new StandardDecryptingChannelFactory().newDecryptingChannel(Channels.newChannel(in), readers)));
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new LockedArchive("cannot be opened with that key, or its head is damaged", e);
        }
    }

    /** Jagged throws whatever its channels do. */
    private static final class Opened extends InputStream {
        private final InputStream in;

        private Opened(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return in.read(bytes, offset, length);
            } catch (IOException | RuntimeException e) {
                throw new DamagedArchive("is damaged: a piece of it is not what was encrypted", e);
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
