/**
 * The public and the management listener. The top of the request's way, which {@link app.molos.edge.http.RequestDispatcher} has
 * in one place: validate, probe?, match, guards ({@link app.molos.edge.http.RequestGuards}, the one list), answer. Everything
 * below is mounted here and nothing below knows of it.
 */
@NullMarked
package app.molos.edge.http;

import org.jspecify.annotations.NullMarked;
