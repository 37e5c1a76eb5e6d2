package app.molos.edge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
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
    private static final class Meters {
        private final Counter[] byClass;
        private final Timer timer;

        private Meters(Counter[] byClass, Timer timer) {
            this.byClass = byClass;
            this.timer = timer;
        }
    }

    private final Meters edge;
    private final Meters module;
    private final Meters probe;

    public RequestMetrics(MeterRegistry registry) {
        edge = meters(registry, Source.EDGE);
        module = meters(registry, Source.MODULE);
        probe = meters(registry, Source.PROBE);
    }

    private static Meters meters(MeterRegistry registry, Source source) {
        String name = source.name().toLowerCase(Locale.ROOT);
        Counter[] byClass = IntStream.range(1, CLASSES)
                .mapToObj(i -> Counter.builder("edge_http_requests")
                        .description("Requests answered")
                        .tag("source", name)
                        .tag("status", i + "xx")
                        .register(registry))
                .toArray(Counter[]::new);
        Timer timer = Timer.builder("edge_http_request_duration")
                .description("From the head of a request to the end of its response")
                .tag("source", name)
                .register(registry);
        return new Meters(byClass, timer);
    }

    void record(Source source, int status, long nanos) {
        Meters ofSource = switch (source) {
            case EDGE -> edge;
            case MODULE -> module;
            case PROBE -> probe;
        };
        int statusClass = status / 100;
        if (statusClass > 0 && statusClass < CLASSES) {
            ofSource.byClass[statusClass - 1].increment();
        }
        ofSource.timer.record(nanos, TimeUnit.NANOSECONDS);
    }
}
