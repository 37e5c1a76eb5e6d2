package app.molos.edge.auth.api;

import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.StorableText;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The body of an auth request with the wire's faults: 415 for its media type, 400 for what is not JSON, and one
 * VALIDATION_ERROR that lists all that is wrong with its fields.
 */
final class AuthRequestBody {
    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final int MAX_URL = 2048;
    private static final int MAX_ID = 200;
    private static final long MAX_SECONDS = 100L * 365 * 86_400;

    private final JsonObject fields;
    private final boolean isPresent;
    private final List<String> faults;
    private final String place;

    private AuthRequestBody(JsonObject fields, boolean isPresent) {
        this(fields, isPresent, new ArrayList<>(), "body");
    }

    private AuthRequestBody(JsonObject fields, boolean isPresent, List<String> faults, String place) {
        this.fields = fields;
        this.isPresent = isPresent;
        this.faults = faults;
        this.place = place;
    }

    /** Reads a JSON object, or a form where that is allowed; call after the body handler. */
    static AuthRequestBody read(RoutingContext ctx, boolean takesForms) {
        Buffer buffer = BodyReader.of(ctx);
        boolean isEmpty = buffer.length() == 0 && !RequestContext.of(ctx).hasBody(ctx.request());
        String type = mediaType(ctx.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (!isEmpty && !type.equals(JSON) && !(takesForms && type.equals(FORM))) {
            String allowed = "Allowed types: " + (takesForms ? FORM + ", " : "") + JSON;
            throw HttpError.of(
                    415,
                    "UNSUPPORTED_MEDIA_TYPE",
                    type.isEmpty()
                            ? "Content-Type is required. " + allowed
                            : "Content-Type \"" + type + "\" is not allowed. " + allowed);
        }
        if (isEmpty || (type.equals(JSON) && buffer.length() == 0)) {
            return new AuthRequestBody(new JsonObject(), false);
        }
        if (type.equals(FORM)) {
            return new AuthRequestBody(form(BodyReader.form(ctx)), true);
        }
        try {
            StrictJson.check(buffer.getBytes());
            return Json.decodeValue(buffer) instanceof JsonObject object
                    ? new AuthRequestBody(object, true)
                    : new AuthRequestBody(new JsonObject(), false);
        } catch (IOException | DecodeException | ClassCastException | StackOverflowError e) {
            throw HttpError.of(400, "BAD_REQUEST", "Invalid JSON in request body");
        }
    }

    /** Of a GET: nothing. */
    static AuthRequestBody none() {
        return new AuthRequestBody(new JsonObject(), false);
    }

    JsonObject fields() {
        return fields;
    }

    /** A required string, checked for what no database or header can carry. */
    String string(String name, int maxLength) {
        Object value = fields.getValue(name);
        if (!(value instanceof String text)) {
            fault(name, "Invalid input: expected string, received " + typeOf(name, value));
            return "";
        }
        if (!StorableText.is(text)) {
            fault(name, "Invalid input: text with characters that cannot be stored");
        } else if (text.length() > maxLength) {
            fault(name, "Too big: expected string to have <=" + maxLength + " characters");
        }
        return text;
    }

    String nonEmptyString(String name, int maxLength) {
        String text = string(name, maxLength);
        if (text.isEmpty() && fields.getValue(name) instanceof String) {
            fault(name, "Too small: expected string to have >=1 characters");
        }
        return text;
    }

    /** A required e-mail address, in lower case. */
    String email(String name) {
        String text = string(name, EmailAddress.MAX_LENGTH);
        if (fields.getValue(name) instanceof String && !EmailAddress.is(text)) {
            fault(name, "Invalid email address");
        }
        return EmailAddress.normalized(text);
    }

    @Nullable
    String optionalString(String name, int maxLength) {
        return fields.getValue(name) == null ? null : string(name, maxLength);
    }

    boolean flag(String name, boolean fallback) {
        Object value = fields.getValue(name);
        if (value instanceof Boolean flag) {
            return flag;
        }
        if (fields.containsKey(name)) {
            fault(name, "Invalid input: expected boolean, received " + typeOf(name, value));
        }
        return fallback;
    }

    /** Seconds, at least 1 and at most a hundred years; null when absent. */
    @Nullable
    Duration optionalSeconds(String name) {
        Object value = fields.getValue(name);
        if (value == null) {
            return null;
        }
        double seconds = value instanceof Number number ? number.doubleValue() : Double.NaN;
        if (Double.isNaN(seconds) || seconds < 1 || seconds > MAX_SECONDS) {
            fault(
                    name,
                    value instanceof Number
                            ? "Invalid input: expected a number from 1 to " + MAX_SECONDS
                            : "Invalid input: expected number, received " + typeOf(name, value));
            return null;
        }
        return Duration.ofSeconds((long) seconds);
    }

    /** A web address, or null for one that is to be taken away or is absent. */
    @Nullable
    String optionalWebUrl(String name) {
        String text = optionalString(name, MAX_URL);
        if (text != null && !isWebUrl(text)) {
            fault(name, "Invalid input: expected an http or https URL");
        }
        return text;
    }

    /** One role or a list of them, joined by commas. */
    String role(String name) {
        Object value = fields.getValue(name);
        String text = value instanceof String s
                ? s
                : value instanceof JsonArray array
                                && !array.isEmpty()
                                && array.stream().allMatch(String.class::isInstance)
                        ? array.stream().map(String.class::cast).collect(Collectors.joining(","))
                        : null;
        if (text == null) {
            fault(name, "Invalid input: expected string or array of strings, received " + typeOf(name, value));
            return "";
        }
        if (!UserRecord.isRole(text)) {
            fault(name, "Invalid input: a role is made of letters, digits, - and _");
        }
        return text;
    }

    /** An id: a string, or a number that is meant as one. */
    String id(String name) {
        if (fields.getValue(name) instanceof Number number) {
            return number.toString();
        }
        return nonEmptyString(name, MAX_ID);
    }

    /** An object, empty when absent. */
    JsonObject object(String name) {
        Object value = fields.getValue(name);
        if (value != null && !(value instanceof JsonObject)) {
            fault(name, "Invalid input: expected object, received " + typeOf(name, value));
        }
        return value instanceof JsonObject object ? object : new JsonObject();
    }

    boolean has(String name) {
        return fields.containsKey(name);
    }

    /** Whether a field would count as true in the wire's own language. */
    boolean isTruthy(String name) {
        Object value = fields.getValue(name);
        return value != null
                && !value.equals("")
                && !value.equals(false)
                && !(value instanceof Number number && number.doubleValue() == 0);
    }

    /** The fields of an object inside, whose faults count as faults of this body. */
    AuthRequestBody inside(String name) {
        return new AuthRequestBody(object(name), isPresent, faults, place + "." + name);
    }

    private static boolean isWebUrl(String text) {
        try {
            URI uri = new URI(text);
            return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme())) && uri.getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    void fault(String name, String text) {
        faults.add("[" + place + "." + name + "] " + text);
    }

    /** Throws 400 with every fault found. */
    void throwIfFaulty() {
        if (!isPresent) {
            throw HttpError.of(400, "VALIDATION_ERROR", "[body] Invalid input: expected object, received undefined");
        }
        if (!faults.isEmpty()) {
            throw HttpError.of(400, "VALIDATION_ERROR", String.join("; ", faults));
        }
    }

    private static String mediaType(@Nullable String header) {
        if (header == null) {
            return "";
        }
        int semicolon = header.indexOf(';');
        return (semicolon < 0 ? header : header.substring(0, semicolon)).trim().toLowerCase(Locale.ROOT);
    }

    private static JsonObject form(MultiMap attributes) {
        JsonObject fields = new JsonObject();
        attributes.forEach(fields::put);
        return fields;
    }

    private String typeOf(String name, @Nullable Object value) {
        if (value == null) {
            return fields.containsKey(name) ? "null" : "undefined";
        }
        if (value instanceof Number) {
            return "number";
        }
        return value instanceof Boolean
                ? "boolean"
                : value instanceof String ? "string" : value instanceof JsonObject ? "object" : "array";
    }
}
