package app.molos.edge.web;

import io.vertx.core.net.NetSocket;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;

/** What we know of one request from its first byte on: its id, its client, when it came, who answered it. */
public final class Exchange {
    private static final String KEY = "edge.exchange";

    private final String id;
    private final String client;
    private final long startNanos;
    private String module = "";
    private String loggedPath = "";
    private boolean isProbe;
    private Consumer<NetSocket> upgradeHandler = socket -> { };

    public Exchange(String id, String client, long startNanos) {
        this.id = id;
        this.client = client;
        this.startNanos = startNanos;
    }

    public void attach(RoutingContext ctx) {
        ctx.put(KEY, this);
    }

    public static Exchange of(RoutingContext ctx) {
        return ctx.get(KEY);
    }

    /** Stands in the answer's X-Request-Id, in error answers and in the log. */
    public String id() {
        return id;
    }

    /** The client's address (see {@link ClientAddress}). */
    public String client() {
        return client;
    }

    public long startNanos() {
        return startNanos;
    }

    /** The id of the module that the request went to, or empty. */
    public String module() {
        return module;
    }

    public void setModule(String id) {
        module = id;
    }

    /** What the log shows as the path instead of a path that has a secret in it; empty for the path itself. */
    public String loggedPath() {
        return loggedPath;
    }

    public void logPathAs(String pattern) {
        loggedPath = pattern;
    }

    /** Probes are counted, not logged. */
    public boolean isProbe() {
        return isProbe;
    }

    public void markProbe() {
        isProbe = true;
    }

    /** Who must know when this request became a plain connection: its answer then has no end that anybody would see. */
    public void onUpgrade(Consumer<NetSocket> handler) {
        upgradeHandler = handler;
    }

    /** Tells that the 101 is out; the handler owns the socket's close handler. */
    public void upgraded(NetSocket socket) {
        upgradeHandler.accept(socket);
    }
}
