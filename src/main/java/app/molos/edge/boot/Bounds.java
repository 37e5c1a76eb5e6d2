package app.molos.edge.boot;

import app.molos.edge.ratelimit.ConnectionRate;
import app.molos.edge.ratelimit.LimitScope;
import app.molos.edge.ratelimit.LimitTable;
import java.security.SecureRandom;

/** What strangers are kept within from the first connection on, before anything else is there. */
record Bounds(LimitTable table, LimitScope scope, ConnectionRate connections) {
    static Bounds of(EdgeConfig config) {
        LimitTable table = new LimitTable(new SecureRandom(), System::nanoTime);
        LimitScope scope = new LimitScope(
                config.accounts().defence().limits(), config.site().trustedProxies());
        return new Bounds(table, scope, new ConnectionRate(table, scope));
    }
}
