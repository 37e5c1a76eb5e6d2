/**
 * The public and the management listener, and the one route table. The top of the request's way: everything below is
 * mounted here and nothing below knows of it.
 */
@NullMarked
package app.molos.edge.http;

import org.jspecify.annotations.NullMarked;
