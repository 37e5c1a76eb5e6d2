/** Words a {@link app.molos.edge.health.HealthReport} for those who ask: one class for each dialect. Calls `health` only. */
@NullMarked
package app.molos.edge.health.dialects;

import org.jspecify.annotations.NullMarked;
