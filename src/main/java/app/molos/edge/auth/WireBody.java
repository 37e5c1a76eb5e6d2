package app.molos.edge.auth;

import app.molos.edge.web.HttpError;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The body of an auth request with the wire's faults: 415 for its media type, 400 for what is not JSON, and one
 * VALIDATION_ERROR that lists all that is wrong with its fields.
 */
final class WireBody {
    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final Pattern EMAIL = Pattern.compile(
            "(?!\\.)(?!.*\\.\\.)[A-Za-z0-9_'+\\-.]*[A-Za-z0-9_+\\-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}");
    /** Beyond any real address, and short enough for an index of PostgreSQL. */
    private static final int MAX_EMAIL = 1000;

    private final JsonObject fields;
    private final boolean isPresent;
    private final List<String> faults = new ArrayList<>();

    private WireBody(JsonObject fields, boolean isPresent) {
        this.fields = fields;
        this.isPresent = isPresent;
    }

    /** Reads a JSON object or a form; call after the body handler. */
    static WireBody read(RoutingContext ctx) {
        Buffer buffer = ctx.body().buffer();
        String length = ctx.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        // A form of several parts has no buffer; what was declared tells that there was a body.
        boolean isEmpty = (buffer == null || buffer.length() == 0)
                && (length == null || length.equals("0"))
                && !ctx.request().headers().contains(HttpHeaders.TRANSFER_ENCODING);
        String type = mediaType(ctx.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (!isEmpty && !type.equals(JSON) && !type.equals(FORM)) {
            throw HttpError.of(415, "UNSUPPORTED_MEDIA_TYPE", type.isEmpty()
                    ? "Content-Type is required. Allowed types: " + FORM + ", " + JSON
                    : "Content-Type \"" + type + "\" is not allowed. Allowed types: " + FORM + ", " + JSON);
        }
        if (isEmpty || (type.equals(JSON) && (buffer == null || buffer.length() == 0))) {
            return new WireBody(new JsonObject(), false);
        }
        if (type.equals(FORM)) {
            return new WireBody(form(ctx.request().formAttributes()), true);
        }
        try {
            return Json.decodeValue(buffer) instanceof JsonObject object
                    ? new WireBody(object, true)
                    : new WireBody(new JsonObject(), false);
        } catch (DecodeException | ClassCastException | StackOverflowError e) {
            throw HttpError.of(400, "BAD_REQUEST", "Invalid JSON in request body");
        }
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
        if (text.indexOf('\0') >= 0 || hasLoneSurrogate(text)) {
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
        String text = string(name, MAX_EMAIL);
        if (fields.getValue(name) instanceof String && !isEmail(text)) {
            fault(name, "Invalid email address");
        }
        return text.toLowerCase(Locale.ROOT);
    }

    @Nullable String optionalString(String name, int maxLength) {
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

    void fault(String name, String text) {
        faults.add("[body." + name + "] " + text);
    }

    /** Throws 400 with every fault found. */
    void throwIfFaulty() {
        if (!isPresent) {
            throw HttpError.of(
                    400, "VALIDATION_ERROR", "[body] Invalid input: expected object, received undefined");
        }
        if (!faults.isEmpty()) {
            throw HttpError.of(400, "VALIDATION_ERROR", String.join("; ", faults));
        }
    }

    /** Addresses as the wire takes them: ASCII, a dot in the domain, letters at its end. */
    static boolean isEmail(String text) {
        return text.length() <= MAX_EMAIL && EMAIL.matcher(text).matches();
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return true;
            }
        }
        return false;
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
        return value instanceof Boolean ? "boolean" : value instanceof String ? "string"
                : value instanceof JsonObject ? "object" : "array";
    }
}
