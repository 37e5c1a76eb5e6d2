package app.molos.edge.web;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request from its first byte on: its id, its client, when it came, who answered it. Confined to one event loop.
 */
public final class RequestContext {
    /** Does for a request what only its server can. */
    public interface Server {
        void fail(Throwable failure);

        /** Whether a body follows the request's head, by what the head says or, on HTTP/2, by the frame that it came in. */
        boolean hasBody();

        /**
         * Turns the request's connection into a plain one, whose end nobody sees as a response. It is paused, what came
         * behind the request is in it, and its close handler is taken.
         */
        Future<NetSocket> upgrade();
    }

    private static final String KEY = "edge.context";

    private final String id;
    private final String client;
    private final long startNanos;
    private String path = "";
    private @Nullable RequestTarget target;
    private @Nullable Caller caller;
    private String module = "";
    private String loggedPath = "";
    private String code = "";
    private String upstream = "";
    private String limit = "";
    private ErrorShape shape = ErrorShape.PROBLEM;
    private @Nullable String token;
    private @Nullable Caller recognized;
    private @Nullable HttpError knownOnly;
    private String account = "";
    private boolean isOver;
    private boolean isHeld;
    private boolean isProbe;
    private @Nullable Server server;
    private @Nullable Runnable end;

    public RequestContext(String id, String client, long startNanos) {
        this.id = id;
        this.client = client;
        this.startNanos = startNanos;
    }

    public void attach(RoutingContext ctx) {
        ctx.put(KEY, this);
    }

    public static RequestContext of(RoutingContext ctx) {
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

    /** Says how the request is routed; once, before the guards. */
    public void route(String routedPath, RequestTarget found) {
        path = routedPath;
        target = found;
    }

    /** The path as it is routed (see {@link RoutedPath}); empty before that. */
    public String path() {
        return path;
    }

    /** Returns what the request is for; guards run once that is known. */
    public RequestTarget target() {
        return Objects.requireNonNull(target);
    }

    /** Who sent it; null on public ground. */
    public @Nullable Caller caller() {
        return caller;
    }

    public void setCaller(Caller who) {
        caller = who;
    }

    /** Returns the token of a cookie that the edge once signed, whatever became of its session since; null without one. */
    public @Nullable String token() {
        return token;
    }

    /** Says that the request has such a cookie; once, by the first guard. */
    public void present(String ofCookie) {
        token = ofCookie;
    }

    /**
     * Who is known to have sent it without a question or a write, on public ground too. Null: nobody is, or it has to be
     * looked up.
     */
    public @Nullable Caller recognized() {
        return recognized;
    }

    public void recognize(Caller who) {
        recognized = who;
    }

    /** Returns what refuses everybody but a browser that the account was signed in from before; null: nothing does. */
    public @Nullable HttpError knownOnly() {
        return knownOnly;
    }

    public void admitKnownOnly(HttpError others) {
        knownOnly = others;
    }

    /** The address that somebody wants to sign in with, or empty. */
    public String account() {
        return account;
    }

    public void setAccount(String email) {
        account = email;
    }

    /** Notes that the request was paused while something had to be waited for. */
    public RequestContext held() {
        isHeld = true;
        return this;
    }

    /** Whether the reader of the body must resume the request first. */
    public boolean isHeld() {
        return isHeld;
    }

    /** The id of the module that the request went to, or empty. */
    public String module() {
        return module;
    }

    public void setModule(String id) {
        module = id;
    }

    /** The code of the edge's own refusal, or empty: then the status is the module's word, or all is well. */
    public String code() {
        return code;
    }

    /** The setting whose limit was passed, or empty. */
    public String limit() {
        return limit;
    }

    public void refusedWith(String refusalCode, String passedLimit) {
        code = refusalCode;
        limit = passedLimit;
    }

    /** Where the request was sent last, as {@code host:port}, or empty. */
    public String upstream() {
        return upstream;
    }

    public void sentTo(String address) {
        upstream = address;
    }

    /** Returns what the log shows instead of a path with a secret in it; empty: the path itself. */
    public String loggedPath() {
        return loggedPath;
    }

    public void logPathAs(String pattern) {
        loggedPath = pattern;
    }

    /** How a refusal of this request is worded. */
    public ErrorShape shape() {
        return shape;
    }

    public void setShape(ErrorShape newShape) {
        shape = newShape;
    }

    /** Probes are counted, not logged. */
    public boolean isProbe() {
        return isProbe;
    }

    public void markProbe() {
        isProbe = true;
    }

    /**
     * Runs when the response is out or the connection is gone; the Router's end handlers would replace the listener's.
     */
    public void whenEnded(Runnable then) {
        if (isOver) {
            then.run();
            return;
        }
        Runnable before = end;
        end = before == null
                ? then
                : () -> {
                    before.run();
                    then.run();
                };
    }

    public boolean isOver() {
        return isOver;
    }

    /** Called by the listener, once the request is over or its connection is another protocol's; again: nothing. */
    public void ended() {
        if (!isOver) {
            isOver = true;
            if (end != null) {
                end.run();
            }
        }
    }

    /** Names what serves this request; once, before it is routed. */
    public void servedBy(Server served) {
        server = served;
    }

    /** See {@link Server#hasBody}. */
    public boolean hasBody(HttpServerRequest request) {
        return server == null ? BodyReader.isAnnounced(request) : server.hasBody();
    }

    /** Answers with what went wrong, if there is still an answer to give. */
    public void fail(Throwable failure) {
        Objects.requireNonNull(server).fail(failure);
    }

    /** Sends the 101 that was prepared; see {@link Server#upgrade}. */
    public Future<NetSocket> upgrade() {
        return Objects.requireNonNull(server).upgrade();
    }
}
