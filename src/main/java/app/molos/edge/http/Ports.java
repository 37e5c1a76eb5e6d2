package app.molos.edge.http;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;

/** Whether a port can be had, asked before anything is migrated. */
public final class Ports {
    private Ports() {}

    /** Binds and releases; a refusal with exit code 5 when that fails. Blocking, for a moment. */
    public static void probe(String key, String variable, String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (UnknownHostException e) {
            throw new Refusal(
                    ExitCode.PORT,
                    "There is no address \"" + host + "\" on this machine to listen on ("
                            + key.replace(".port", ".host") + ").");
        } catch (IOException e) {
            throw taken(key, variable, host, port);
        }
    }

    public static Refusal taken(String key, String variable, String host, int port) {
        return new Refusal(
                ExitCode.PORT,
                host + " port " + port + " (" + key + ") is taken or not ours to open."
                        + System.lineSeparator() + "    stop what listens there, or write: " + variable + "="
                        + (port < 65_535 ? port + 10 > 65_535 ? port + 1 : port + 10 : port - 10));
    }
}
