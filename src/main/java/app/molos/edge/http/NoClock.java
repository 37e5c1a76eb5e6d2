package app.molos.edge.http;

import app.molos.edge.web.InboundBudget;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** That of a request whose connection is gone: there is nothing that could be late. */
final class NoClock implements ConnectionClock {
    static final ConnectionClock INSTANCE = new NoClock();

    private NoClock() {}

    @Override
    public void begins(HttpServerRequest request, Runnable gone) {}

    @Override
    public @Nullable Throwable failure() {
        return null;
    }

    @Override
    public boolean admits(HttpServerRequest request, InboundBudget budget, String client) {
        return true;
    }

    @Override
    public void ended(HttpServerRequest request) {}

    @Override
    public void linger(HttpServerRequest request) {
        request.connection().close();
    }

    @Override
    public void closed() {}

    @Override
    public boolean isOver(long nowNanos) {
        return false;
    }

    @Override
    public void close() {}

    @Override
    public void leave() {}

    @Override
    public void closeIdle(long nowNanos) {}

    @Override
    public void stay() {}

    @Override
    public int underWay() {
        return 0;
    }
}
