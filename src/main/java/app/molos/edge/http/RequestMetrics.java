package app.molos.edge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Counts requests by who answered and how. The labels are a closed set, made once: a label taken from a request would
 * let anybody fill the memory, and looking one up per request is what costs in general-purpose HTTP metrics.
 */
public final class RequestMetrics {
    /** Who made the answer. */
    enum Source {
        EDGE,
        MODULE,
        PROBE
    }

    private static final int CLASSES = 6;

    /** One source's share. */
    private record Meters(List<Counter> byClass, Timer timer) {}

    private final Map<Source, Meters> meters = new EnumMap<>(Source.class);

    public RequestMetrics(MeterRegistry registry) {
        for (Source source : Source.values()) {
            String name = source.name().toLowerCase(Locale.ROOT);
            List<Counter> byClass = IntStream.range(1, CLASSES)
                    .mapToObj(i -> Counter.builder("edge_http_requests")
                            .description("Requests answered")
                            .tag("source", name)
                            .tag("status", i + "xx")
                            .register(registry))
                    .toList();
            Timer timer = Timer.builder("edge_http_request_duration")
                    .description("From the head of a request to the end of its response")
                    .tag("source", name)
                    .register(registry);
            meters.put(source, new Meters(byClass, timer));
        }
    }

    void record(Source source, int status, long nanos) {
        Meters ofSource = Objects.requireNonNull(meters.get(source));
        int statusClass = status / 100;
        if (statusClass > 0 && statusClass < CLASSES) {
            ofSource.byClass().get(statusClass - 1).increment();
        }
        ofSource.timer().record(nanos, TimeUnit.NANOSECONDS);
    }
}
