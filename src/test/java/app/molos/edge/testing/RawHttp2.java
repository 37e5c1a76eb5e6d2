package app.molos.edge.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** Frames of HTTP/2 as they are, over TLS, for what no client library would send. */
public final class RawHttp2 implements AutoCloseable {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;
    public static final int ACK = 1;

    /** What came of one stream. */
    public static final class Answer {
        private final List<String> heads = new ArrayList<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private long reset = -1;
        private boolean isEnded;

        /** The status of the response; 0 while there is none. */
        public int status() {
            String head = heads.stream()
                    .filter(h -> !h.startsWith(":status: 1"))
                    .findFirst()
                    .orElse(":status: 0");
            return head.startsWith(":status: ")
                    ? Integer.parseInt(head.substring(9).split("\n", 2)[0])
                    : 0;
        }

        /** All heads, trailers included, as lines. */
        public String heads() {
            return String.join("--\n", heads);
        }

        public String body() {
            return body.toString(StandardCharsets.ISO_8859_1);
        }

        /** The code of RST_STREAM; -1: none came. */
        public long reset() {
            return reset;
        }

        public boolean isEnded() {
            return isEnded;
        }

        /** As HTTP/1 would say it, so that both are read by the same eyes. */
        public String asText() {
            return status() == 0
                    ? ""
                    : "HTTP/1.1 " + status() + " \r\n"
                            + heads.get(heads.size() - 1).replace("\n", "\r\n") + "\r\n" + body();
        }
    }

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final SSLSocket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
    private final Map<Integer, Answer> answers = new HashMap<>();
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private int next = 1;
    private long goAway = -1;
    private boolean isClosed;
    private boolean givesWindow = true;

    public RawHttp2(int port) throws IOException {
        this(port, new byte[0]);
    }

    /** @param settings the payload of the first SETTINGS */
    public RawHttp2(int port, byte[] settings) throws IOException {
        this(port, settings, 0);
    }

    /** @param receiveBuffer bytes that the system keeps until they are read; 0: as many as it likes */
    public RawHttp2(int port, byte[] settings, int receiveBuffer) throws IOException {
        try {
            socket = (SSLSocket) TestCertificate.trusting().getSocketFactory().createSocket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(new InetSocketAddress("127.0.0.1", port));
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(5000);
        socket.startHandshake();
        if (!"h2".equals(socket.getApplicationProtocol())) {
            throw new IOException("no HTTP/2: " + socket.getApplicationProtocol());
        }
        in = new DataInputStream(socket.getInputStream());
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        first.writeBytes(PREFACE);
        first.writeBytes(bytes(SETTINGS, 0, 0, settings));
        socket.getOutputStream().write(first.toByteArray());
    }

    /** From now on the server is not told that what it sent was read. */
    public void giveNoWindow() {
        givesWindow = false;
    }

    /** Sends what HTTP/1 would be, over one connection of its own, and returns the answer in its words. */
    public static String exchange(int port, String request) {
        try (RawHttp2 client = new RawHttp2(port)) {
            return client.ask(request).asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same on this connection. */
    public Answer ask(String request) throws IOException {
        return read(send(request));
    }

    /** Sends what HTTP/1 would be; returns its stream. */
    public int send(String request) throws IOException {
        int end = request.indexOf("\r\n\r\n");
        String[] lines = request.substring(0, end).split("\r\n", -1);
        String[] first = lines[0].split(" ", -1);
        String target = lines[0].substring(first[0].length() + 1, lines[0].lastIndexOf(' '));
        List<String> headers = new ArrayList<>(List.of(":method", first[0], ":scheme", "https", ":path", target));
        List<String> others = new ArrayList<>();
        boolean isChunked = false;
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            String value = lines[i].substring(colon + 1).trim();
            isChunked |= name.equals("transfer-encoding");
            if (name.equals("host")) {
                headers.addAll(List.of(":authority", value));
            } else if (!name.equals("connection") && !name.equals("transfer-encoding")) {
                others.addAll(List.of(name, value));
            }
        }
        headers.addAll(others);
        String body = request.substring(end + 4);
        int stream = open(body.isEmpty() && !isChunked, headers.toArray(String[]::new));
        if (!body.isEmpty() || isChunked) {
            byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
            int at = 0;
            do {
                byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 16_384));
                at += part.length;
                frame(DATA, at == bytes.length ? END_STREAM : 0, stream, part);
            } while (at < bytes.length);
        }
        return stream;
    }

    /** Sends a head, names and values in turn, split over as many frames as it needs; returns the stream. */
    public int open(boolean isEnd, String... headers) throws IOException {
        int stream = next;
        next += 2;
        byte[] encoded = encode(headers);
        int at = 0;
        do {
            int length = Math.min(16_384, encoded.length - at);
            byte[] part = new byte[length];
            System.arraycopy(encoded, at, part, 0, length);
            boolean isFirst = at == 0;
            at += length;
            frame(
                    isFirst ? HEADERS : CONTINUATION,
                    (isFirst && isEnd ? END_STREAM : 0) | (at == encoded.length ? END_HEADERS : 0),
                    stream,
                    part);
        } while (at < encoded.length);
        return stream;
    }

    /** Returns a head as it is sent. */
    public byte[] encode(String... headers) throws IOException {
        Http2Headers all = new DefaultHttp2Headers(false);
        for (int i = 0; i < headers.length; i += 2) {
            all.add(headers[i], headers[i + 1]);
        }
        ByteBuf buffer = Unpooled.buffer();
        try {
            encoder.encodeHeaders(next, all, buffer);
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        byte[] encoded = new byte[buffer.readableBytes()];
        buffer.readBytes(encoded);
        return encoded;
    }

    public void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        socket.getOutputStream().write(bytes(type, flags, stream, payload));
    }

    /** Any bytes at all. */
    public void write(byte[] raw) throws IOException {
        socket.getOutputStream().write(raw);
    }

    public static byte[] bytes(int type, int flags, int stream, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {
            (byte) (payload.length >> 16),
            (byte) (payload.length >> 8),
            (byte) payload.length,
            (byte) type,
            (byte) flags
        });
        out.writeBytes(new byte[] {(byte) (stream >> 24), (byte) (stream >> 16), (byte) (stream >> 8), (byte) stream});
        out.writeBytes(payload);
        return out.toByteArray();
    }

    /** Reads until a stream is over, the connection is, or nothing comes for five seconds. */
    public Answer read(int stream) throws IOException {
        Answer answer = answer(stream);
        while (!answer.isEnded && answer.reset < 0 && !isClosed && readFrame(5000)) {
            // One frame after the other.
        }
        return answer;
    }

    /** What has come of a stream so far. */
    public Answer answer(int stream) {
        return answers.computeIfAbsent(stream, id -> new Answer());
    }

    /** Reads the next frame, if one comes within five seconds. */
    public void readOne() throws IOException {
        readFrame(5000);
    }

    /** Reads whatever comes within so long. */
    public void readFor(int millis) throws IOException {
        long end = System.nanoTime() + millis * 1_000_000L;
        while (!isClosed
                && System.nanoTime() - end < 0
                && readFrame(Math.max(1, (int) ((end - System.nanoTime()) / 1_000_000)))) {
            // One frame after the other.
        }
    }

    /** The error code of GOAWAY; -1: none came. */
    public long goAway() {
        return goAway;
    }

    public boolean isClosed() {
        return isClosed;
    }

    private boolean readFrame(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            byte[] head = new byte[9];
            in.readFully(head);
            socket.setSoTimeout(5000);
            int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | (head[2] & 0xff);
            int stream = (head[5] & 0x7f) << 24 | (head[6] & 0xff) << 16 | (head[7] & 0xff) << 8 | (head[8] & 0xff);
            byte[] payload = in.readNBytes(length);
            take(head[3], head[4], stream, payload);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (EOFException | SocketException | SSLException e) {
            isClosed = true;
            return false;
        }
    }

    private void take(int type, int flags, int stream, byte[] payload) throws IOException {
        Answer answer = stream == 0 ? null : answer(stream);
        switch (type) {
            case DATA -> {
                answer.body.writeBytes(payload);
                if (payload.length > 0 && givesWindow) {
                    byte[] more = {0, 0, (byte) (payload.length >> 8), (byte) payload.length};
                    frame(WINDOW_UPDATE, 0, 0, more);
                    frame(WINDOW_UPDATE, 0, stream, more);
                }
                answer.isEnded = (flags & END_STREAM) != 0;
            }
            case HEADERS, CONTINUATION -> {
                // A priority stands before the block.
                int skipped = type == HEADERS && (flags & 0x20) != 0 ? 5 : 0;
                block.write(payload, skipped, payload.length - skipped);
                if ((flags & END_HEADERS) != 0) {
                    answer.heads.add(decode(stream));
                }
                answer.isEnded |= type == HEADERS && (flags & END_STREAM) != 0;
            }
            case RST_STREAM -> answer.reset = payload[3] & 0xff;
            case GOAWAY -> goAway = payload[7] & 0xff;
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    frame(SETTINGS, ACK, 0, new byte[0]);
                }
            }
            default -> {
                // Nothing that a test asks for.
            }
        }
    }

    private String decode(int stream) throws IOException {
        StringBuilder text = new StringBuilder();
        try {
            Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block.toByteArray()));
            headers.forEach(entry -> text.append(entry.getKey())
                    .append(": ")
                    .append(entry.getValue())
                    .append('\n'));
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        block.reset();
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
