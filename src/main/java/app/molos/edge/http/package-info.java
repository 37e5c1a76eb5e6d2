/**
 * The public listener. A request's way is {@link app.molos.edge.http.RequestDispatcher}: validate, probe?, match,
 * guards ({@link app.molos.edge.http.RequestGuards}, the one list), answer. Everything below is mounted here and
 * nothing below knows of it.
 */
@NullMarked
package app.molos.edge.http;

import org.jspecify.annotations.NullMarked;
