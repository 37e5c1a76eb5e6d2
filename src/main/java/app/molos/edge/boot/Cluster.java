package app.molos.edge.boot;

import app.molos.edge.cluster.Nodes;
import app.molos.edge.cluster.RedisConfig;
import app.molos.edge.cluster.RedisLink;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.ratelimit.KeyHash;
import app.molos.edge.ratelimit.LimitTable;
import app.molos.edge.ratelimit.Meter;
import app.molos.edge.ratelimit.SharedMeter;
import app.molos.edge.session.Signatures;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/** What this node shares with others by Redis, if there is one. */
record Cluster(RedisLink link, Nodes nodes, String keyspace) {
    private static final int KEYSPACE_BYTES = 4;

    /** @param signatures from whose secret every node of the installation finds the same keys */
    static Optional<Cluster> of(Vertx vertx, RedisConfig config, Signatures signatures) {
        return config.server().map(server -> {
            String installation = HexFormat.of().formatHex(signatures.sign("molos-edge redis"), 0, KEYSPACE_BYTES);
            String keyspace = "molos-edge:" + installation + ':';
            RedisLink link = new RedisLink(vertx, config, server, SharedMeter.question(keyspace));
            Nodes nodes = new Nodes(vertx, link, keyspace, UUID.randomUUID().toString(), config.heartbeat());
            return new Cluster(link, nodes, keyspace);
        });
    }

    Meter meter(LimitTable table, KeyHash keys) {
        return new SharedMeter(table, link, nodes, keys, keyspace);
    }

    State state() {
        return link.isAway()
                ? State.degraded(
                        "redis_away",
                        "this node counts by itself, with a share of 1/" + nodes.count() + " of each limit")
                : State.UP;
    }

    /** Never fails: without Redis this node counts by itself. */
    Future<Void> start() {
        return link.start().compose(v -> nodes.start());
    }

    /** Never fails. */
    Future<Void> close() {
        return nodes.close().compose(v -> link.close());
    }
}
