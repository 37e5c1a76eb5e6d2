package app.molos.edge.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One connection for many raw requests, one after the other; opened again after an answer that ends it. */
public final class RawConnection implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final int port;
    private @Nullable Socket socket;
    private @Nullable InputStream in;

    public RawConnection(int port) {
        this.port = port;
    }

    /**
     * The whole answer, its body with it; interim answers before it included. Empty when the server closes without one.
     */
    public String exchange(String request) throws IOException {
        if (socket == null) {
            socket = new Socket("127.0.0.1", port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            in = new BufferedInputStream(socket.getInputStream());
        }
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        boolean isLast = true;
        try {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            String head = head(answer);
            while (head.startsWith("http/1.1 1") && !head.startsWith("http/1.1 101")) {
                head = head(answer);
            }
            isLast = head.isEmpty() || head.contains("\r\nconnection: close") || head.startsWith("http/1.1 101");
            boolean hasBody = !request.startsWith("HEAD ")
                    && !head.startsWith("http/1.1 204")
                    && !head.startsWith("http/1.1 304")
                    && !head.isEmpty()
                    && !head.startsWith("http/1.1 101");
            int length = head.indexOf("\r\ncontent-length: ");
            if (hasBody && length >= 0) {
                answer.write(
                        in.readNBytes(Integer.parseInt(head.substring(length + 18, head.indexOf('\r', length + 2)))));
            } else if (hasBody && head.contains("\r\ntransfer-encoding: chunked")) {
                chunks(answer);
            } else if (hasBody) {
                answer.write(in.readAllBytes());
                isLast = true;
            }
        } catch (SocketTimeoutException e) {
            throw new IOException(
                    "no answer to:\n" + request + "\nso far: " + answer.toString(StandardCharsets.ISO_8859_1), e);
        } finally {
            if (isLast) {
                close();
            }
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }

    /** In lower case. */
    private String head(ByteArrayOutputStream answer) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4
                || head.charAt(head.length() - 1) != '\n'
                || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int octet = in.read();
            if (octet < 0) {
                return "";
            }
            head.append((char) octet);
            answer.write(octet);
        }
        return head.toString().toLowerCase(Locale.ROOT);
    }

    private void chunks(ByteArrayOutputStream answer) throws IOException {
        int size;
        do {
            StringBuilder line = new StringBuilder();
            for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
                line.append((char) octet);
            }
            size = Integer.parseInt(line.toString().trim(), 16);
            answer.write(in.readNBytes(size));
            in.readNBytes(2);
        } while (size > 0);
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
