/**
 * Asks every part at once, each with a deadline, and keeps the answer fresh for all who ask. Calls `web` and `config`;
 * what it asks is handed in by `boot` as a `HealthCheck`.
 */
@NullMarked
package app.molos.edge.health;

import org.jspecify.annotations.NullMarked;
