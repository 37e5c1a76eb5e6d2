/**
 * Shared HTTP words: errors and their shapes, origins, client addresses, a request's context, guards and their
 * decisions. Knows no feature.
 */
@NullMarked
package app.molos.edge.web;

import org.jspecify.annotations.NullMarked;
