package app.molos.edge.web;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of what strangers send this process keeps at once: heads that are not whole, and bodies that are read whole
 * before anything is done with them. One network may have a quarter of it. Thread-safe; the table holds only networks
 * that have something here now.
 */
public final class InboundBudget {
    private static final int SHARE = 4;

    private final long limit;
    private final AtomicLong used = new AtomicLong();
    private final ConcurrentHashMap<String, Long> byNetwork = new ConcurrentHashMap<>();

    private final List<Cidr> trustedProxies;

    /**
     * @param limit in bytes
     * @param trustedProxies who stand for many: what they have not sent whole yet is nobody's share
     */
    public InboundBudget(long limit, List<Cidr> trustedProxies) {
        this.limit = limit;
        this.trustedProxies = trustedProxies;
    }

    /** Bytes that are kept now. */
    public long used() {
        return used.get();
    }

    /** The share of a client, by its address. */
    public Account of(String client) {
        return new Account(ClientAddress.site(client), limit / SHARE);
    }

    /** Returns the share of a connection's peer. */
    public Account ofPeer(String address) {
        return Cidr.anyContains(trustedProxies, address) ? new Account(address, limit) : of(address);
    }

    /** One network's share. Thread-safe. */
    public final class Account {
        private final String network;
        private final long share;

        private Account(String network, long share) {
            this.network = network;
            this.share = share;
        }

        /** Whether so many bytes more may be kept; if so, they count until they are released. */
        public boolean reserve(long bytes) {
            if (used.addAndGet(bytes) > limit) {
                used.addAndGet(-bytes);
                return false;
            }
            boolean[] isGranted = new boolean[1];
            byNetwork.compute(network, (name, had) -> {
                long now = (had == null ? 0 : had) + bytes;
                isGranted[0] = now <= share;
                return isGranted[0] ? Long.valueOf(now) : had;
            });
            if (!isGranted[0]) {
                used.addAndGet(-bytes);
            }
            return isGranted[0];
        }

        public void release(long bytes) {
            if (bytes > 0) {
                used.addAndGet(-bytes);
                byNetwork.computeIfPresent(network, (name, had) -> had > bytes ? Long.valueOf(had - bytes) : null);
            }
        }
    }
}
