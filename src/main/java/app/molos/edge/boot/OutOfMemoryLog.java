package app.molos.edge.boot;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Sees every failure that anybody logs, Netty and Vert.x included, and tells the {@link Watchdog}: most errors are
 * caught somewhere and go on as a line of the log. Named in logback.xml.
 */
public final class OutOfMemoryLog extends TurboFilter {
    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable t) {
        if (t != null) {
            Watchdog.noticed(t);
        } else if (params != null) {
            for (Object param : params) {
                if (param instanceof Throwable failure) {
                    Watchdog.noticed(failure);
                }
            }
        }
        return FilterReply.NEUTRAL;
    }
}
