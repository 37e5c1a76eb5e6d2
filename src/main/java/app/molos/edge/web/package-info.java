/**
 * Shared HTTP words: errors and their shapes, origins, client addresses, the exchange. Knows no feature.
 */
@NullMarked
package app.molos.edge.web;

import org.jspecify.annotations.NullMarked;
