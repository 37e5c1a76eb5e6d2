package app.molos.edge.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An upstream that says, byte by byte, what no HTTP library would. */
public final class RawModule implements AutoCloseable {
    /** What it does with one connection. */
    public interface Conversation {
        void hold(Socket socket) throws Exception;
    }

    private final ServerSocket server;
    private final ConcurrentLinkedQueue<Socket> accepted = new ConcurrentLinkedQueue<>();

    private RawModule(Conversation conversation) throws IOException {
        server = new ServerSocket();
        // Before it is bound: what a peer may send unread is agreed on with the connection.
        server.setReceiveBufferSize(16 * 1024);
        server.bind(new java.net.InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 500);
        daemon(() -> {
            try {
                while (true) {
                    Socket socket = server.accept();
                    accepted.add(socket);
                    daemon(() -> {
                        try {
                            conversation.hold(socket);
                        } catch (Exception e) {
                            // The other side went away, or the test is over.
                        }
                    });
                }
            } catch (IOException e) {
                // Closed with the test.
            }
        });
    }

    public static RawModule start(Conversation conversation) throws IOException {
        return new RawModule(conversation);
    }

    /** One that answers each request of a connection, given its head, with what the function says. */
    public static RawModule answering(java.util.function.Function<String, String> answers) throws IOException {
        return start(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                say(socket, answers.apply(head));
            }
        });
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Every connection that there was, in order. */
    public ConcurrentLinkedQueue<Socket> accepted() {
        return accepted;
    }

    /** Reads one head; null when there is none any more. */
    public static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int ending = 0;
        while (ending < 4) {
            int b = in.read();
            if (b < 0) {
                return null;
            }
            ending = b == (ending % 2 == 0 ? '\r' : '\n') ? ending + 1 : b == '\r' ? 1 : 0;
            head.write(b);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    public static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    public static String answer(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : accepted) {
            socket.close();
        }
    }
}
