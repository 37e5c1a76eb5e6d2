package app.molos.edge.web;

import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/**
 * Answers the requests of a path once every guard allowed them, and tells the guards what they need to know of that
 * path.
 */
public interface RequestTarget {
    /** The id of the module that the path belongs to; empty for the edge's own. */
    default String module() {
        return "";
    }

    /** Who may enter. Rows of the route table are public here: each of them asks for itself. */
    default Access access() {
        return Access.PUBLIC;
    }

    /** How late its requests are given up when there is too much to do. */
    default Priority priority() {
        return Priority.NORMAL;
    }

    /** Whether what another site makes a browser send is refused. */
    default boolean checksOrigin() {
        return true;
    }

    /** Whether some server behind may read the path as one of another module. */
    default boolean isAmbiguous() {
        return false;
    }

    /** Whether a response costs next to nothing: a file that lies here, a report that is counted. */
    default boolean isCheap() {
        return false;
    }

    /**
     * Whether the response's head is somebody else's from the start, so that the edge's own headers have no place in
     * it.
     */
    default boolean isForwarded() {
        return false;
    }

    /**
     * Answers a request that every guard has allowed.
     *
     * @param failed takes why it could not be answered; the error response is its own then
     */
    void answer(HttpServerRequest request, RequestContext context, Consumer<Throwable> failed);
}
