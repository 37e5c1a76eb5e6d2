package app.molos.edge.ratelimit;

import app.molos.edge.cluster.Nodes;
import app.molos.edge.cluster.RedisLink;
import app.molos.edge.cluster.RedisScript;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes from limits that all nodes share, in Redis. What Redis said is also kept here: who is beyond a limit is refused
 * without asking again, because others can only make it more, and while Redis is away each node goes on from there with
 * its share of every limit. A request never fails, nor waits longer than a deadline, because of Redis. Thread-safe.
 */
public final class SharedMeter implements Meter {
    /**
     * KEYS: whose limits. ARGV: for each the price, the most that may be owed, and what is owed as far as the node knows
     * (it may have counted by itself, or Redis have lost it), in microseconds. Answers which limit has not enough (0:
     * none, and it was taken from all), and what is owed of each. More than the most is never owed: a clock that went
     * back would otherwise keep everybody out for as long.
     */
    private static final RedisScript TAKE = RedisScript.of("""
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local beyond, owed = 0, {}
            for i, key in ipairs(KEYS) do
              local price, most, known = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
              local debt = (tonumber(redis.call('GET', key)) or now) - now
              owed[i] = math.max(known, math.min(debt, most))
              if debt > most then
                redis.call('SET', key, string.format('%.0f', now + most), 'PX', math.ceil(most / 1000))
              end
              if beyond == 0 and owed[i] + price > most then beyond = i end
            end
            if beyond == 0 then
              for i, key in ipairs(KEYS) do
                owed[i] = owed[i] + tonumber(ARGV[3 * i - 2])
                redis.call('SET', key, string.format('%.0f', now + owed[i]), 'PX', math.ceil(owed[i] / 1000))
              end
            end
            return {beyond, unpack(owed)}
            """);

    private static final String LIMIT = "limit:";
    private static final long MICRO = 1000;

    private final LimitTable table;
    private final LocalMeter local;
    private final RedisLink link;
    private final Nodes nodes;
    private final KeyHash keys;
    private final String keyspace;

    /**
     * Makes one of a node.
     *
     * @param keys the same ones on every node
     * @param keyspace what all keys of this installation begin with
     */
    public SharedMeter(LimitTable table, RedisLink link, Nodes nodes, KeyHash keys, String keyspace) {
        this.table = table;
        this.local = new LocalMeter(table);
        this.link = link;
        this.nodes = nodes;
        this.keys = keys;
        this.keyspace = keyspace + LIMIT;
    }

    /** Returns what a Redis must be able to do, by a key that is nobody's. */
    public static RedisLink.Question question(String keyspace) {
        return new RedisLink.Question(TAKE, List.of("1", keyspace + LIMIT + "trial", "1", "1000", "0"));
    }

    @Override
    public Future<Optional<Excess>> take(List<Claim> claims, int cost) {
        long begun = table.nanos();
        long[] owed = new long[claims.size()];
        for (int i = 0; i < owed.length; i++) {
            Claim claim = claims.get(i);
            owed[i] = table.owed(claim.rate(), claim.name());
            long wait = owed[i] + claim.rate().priceNanos(cost) - claim.rate().burstNanos();
            if (wait > 0) {
                return Future.succeededFuture(Optional.of(local.excess(claim, wait)));
            }
        }
        return link.isAway()
                ? takeShare(claims, cost)
                : link.run(arguments(claims, cost, owed))
                        .map(answer -> Optional.ofNullable(answered(answer, claims, cost, begun)))
                        .recover(failure -> takeShare(claims, cost));
    }

    @Override
    public void join() {
        link.join();
    }

    /** Takes from what is this node's of each limit, and remembers what is owed of the whole. */
    private Future<Optional<Excess>> takeShare(List<Claim> claims, int cost) {
        int count = nodes.count();
        if (count > 1) {
            List<Claim> shares = claims.stream()
                    .map(claim -> new Claim(claim.rate().share(count), claim.name()))
                    .toList();
            Excess excess = local.takeNow(shares, cost);
            if (excess != null) {
                return Future.succeededFuture(Optional.of(excess));
            }
        }
        return local.take(claims, cost);
    }

    private List<String> arguments(List<Claim> claims, int cost, long[] owed) {
        List<String> arguments = new ArrayList<>(1 + 4 * claims.size());
        arguments.add(Integer.toString(claims.size()));
        for (Claim claim : claims) {
            long key = keys.of(claim.rate().name(), claim.name());
            arguments.add(keyspace + Long.toHexString(key));
        }
        for (int i = 0; i < owed.length; i++) {
            Rate rate = claims.get(i).rate();
            arguments.add(micros(rate.priceNanos(cost)));
            arguments.add(micros(rate.burstNanos()));
            // Less what the way there may take: each question would otherwise add its own to what is owed.
            arguments.add(Long.toString(Math.max(0, owed[i] - link.deadline().toNanos()) / MICRO));
        }
        return arguments;
    }

    private @Nullable Excess answered(Response answer, List<Claim> claims, int cost, long begun) {
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            // From when it was asked: later, the way there and back would be owed as well, and more with each request.
            table.owe(claim.rate(), claim.name(), begun, answer.get(i + 1).toLong() * MICRO);
        }
        int beyond = answer.get(0).toInteger();
        if (beyond == 0) {
            return null;
        }
        Rate rate = claims.get(beyond - 1).rate();
        long owed = answer.get(beyond).toLong() * MICRO;
        return local.excess(claims.get(beyond - 1), Math.max(1, owed + rate.priceNanos(cost) - rate.burstNanos()));
    }

    private static String micros(long nanos) {
        return nanos % MICRO == 0 ? Long.toString(nanos / MICRO) : Double.toString(nanos / (double) MICRO);
    }
}
