package app.molos.edge.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A test whose bytes or whose WebSocket HTTP/2 has not; what there is instead stands in Http2IT and Http2ExchangeIT. */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@DisabledIfSystemProperty(named = "edge.test.http2", matches = "true", disabledReason = "only by HTTP/1.1")
public @interface Http1Only {}
