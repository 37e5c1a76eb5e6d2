package app.molos.edge.ratelimit;

import app.molos.edge.web.ClientAddress;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Bounds how many connections one address opens a second, on this node. Thread-safe. */
public final class ConnectionRate {
    private final LocalMeter meter;
    private final LimitScope scope;
    private final LongAdder excesses = new LongAdder();

    public ConnectionRate(LimitTable table, LimitScope scope) {
        this.meter = new LocalMeter(table);
        this.scope = scope;
    }

    /** Whether an address may open one more connection; it is counted. */
    public boolean admits(String address) {
        if (scope.isExempt(address)) {
            return true;
        }
        Claim claim = new Claim(scope.config().volume().connections(), ClientAddress.network(address));
        if (meter.takeNow(List.of(claim), Rate.COST) == null) {
            return true;
        }
        excesses.increment();
        return !scope.isEnforcedFor(address);
    }

    /** Connections that were beyond the limit, refused or not. */
    public long excesses() {
        return excesses.sum();
    }
}
