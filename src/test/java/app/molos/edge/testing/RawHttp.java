package app.molos.edge.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bytes as they are, for requests that no client library would send. */
public final class RawHttp {
    private RawHttp() {}

    private static final int SILENCE_MILLIS = 500;

    /** After the last byte of a whole answer to the only request: for what must not follow it. */
    private static final int STRAY_MILLIS = 50;

    private static final Pattern LENGTH =
            Pattern.compile("\r\ncontent-length: *([0-9]+)\r\n", Pattern.CASE_INSENSITIVE);

    /** Sends the text and returns everything that comes back until the server closes or is silent for a while. */
    public static String exchange(int port, String request) {
        return exchange(port, request, SILENCE_MILLIS);
    }

    /** The same with another patience, which is kept to the end. */
    public static String exchange(int port, String request, int silenceMillis) {
        if (ByHttp2.isSpokenAt(port)) {
            return RawHttp2.exchange(port, ByHttp2.secure(request));
        }
        boolean isOne = silenceMillis == SILENCE_MILLIS
                && !request.startsWith("HEAD ")
                && request.split(" HTTP/1\\.[01]\r\n", -1).length == 2;
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(silenceMillis);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[8192];
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    answer.write(buffer, 0, n);
                    if (isOne && isWhole(answer.toString(StandardCharsets.ISO_8859_1))) {
                        socket.setSoTimeout(STRAY_MILLIS);
                    }
                }
            } catch (SocketTimeoutException e) {
                // Keep-alive: silence is the end of the answer.
            }
            return answer.toString(StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the last answer has a length, and all of it is here. */
    private static boolean isWhole(String text) {
        int start = text.lastIndexOf("HTTP/1.");
        int end = start < 0 ? -1 : text.indexOf("\r\n\r\n", start);
        Matcher length = LENGTH.matcher(end < 0 ? "" : text.substring(start, end + 2));
        return length.find() && text.length() - end - 4 >= Integer.parseInt(length.group(1));
    }

    /** The status code of the first answer; 0 when there was none. */
    public static int status(String answer) {
        return answer.startsWith("HTTP/1.") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }
}
