/**
 * Knows how this node is. Each {@link HealthCheck} runs on a schedule of its own ({@link CheckRunner}), the
 * {@link HealthService} keeps one result for each, and every probe reads the same {@link HealthReport}. {@link Node} is
 * the state that balancers see, {@link HealthHistory} what changed last and what broke first. Calls `web` and `config`;
 * what is checked is handed in by `boot`.
 */
@NullMarked
package app.molos.edge.health;

import org.jspecify.annotations.NullMarked;
