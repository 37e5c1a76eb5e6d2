package app.molos.edge.auth.api;

import app.molos.edge.session.Client;
import app.molos.edge.web.HttpError;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/** One request of the wire: what was sent, before it is known who sent it. */
record AuthRequest(RoutingContext ctx, AuthRequestBody body) {
    /** Whether its method has a body; one that is missing is a fault then. */
    boolean hasBody() {
        return !ctx.request().method().equals(HttpMethod.GET);
    }

    Client client() {
        return Client.of(ctx);
    }

    /** A query parameter, or an empty text. Throws 400 for a NUL: no stored text has one, and PostgreSQL takes none. */
    String query(String name) {
        String value = ctx.request().query() == null ? null : ctx.request().getParam(name);
        if (value != null && value.indexOf('\0') >= 0) {
            throw HttpError.of(
                    400,
                    "VALIDATION_ERROR",
                    "[query." + name + "] Invalid input: text with characters that cannot be stored");
        }
        return value == null ? "" : value;
    }

    /** A query parameter that must be there and not be empty. Throws 400. */
    String requiredQuery(String name) {
        String value = query(name);
        if (value.isEmpty()) {
            throw HttpError.of(
                    400, "VALIDATION_ERROR", "[query." + name + "] Invalid input: expected string, received undefined");
        }
        return value;
    }
}
