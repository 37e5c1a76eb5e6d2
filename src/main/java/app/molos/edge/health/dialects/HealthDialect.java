package app.molos.edge.health.dialects;

import app.molos.edge.health.HealthReport;
import io.vertx.core.buffer.Buffer;

/** Words a report the way one kind of asker reads it. Stateless. */
public interface HealthDialect {
    CharSequence contentType();

    /**
     * Returns the body of an answer; its status is {@link HealthReport#isGood}'s.
     *
     * @param isFull whether the asker may know more than statuses and codes: durations, ages, details
     */
    Buffer render(HealthReport report, HealthReport.Aspect aspect, boolean isFull);
}
