package app.molos.edge.web;

import io.vertx.core.http.HttpHeaders;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A failure with a public half (status, code, safe text, Retry-After) and a private half (the cause, for the log).
 * Without a cause it has no stack trace: it is an answer, not an accident.
 */
public final class HttpError extends RuntimeException {
    /** What its answer is made of. */
    public enum Form {
        /** All headers of the edge's own, in the words that its request asks for. */
        WHOLE,
        LEAN,
        LINE
    }

    private final int status;
    private final String code;
    private final int retryAfterSeconds;
    private final String limit;
    private final Map<CharSequence, CharSequence> headers;
    private final Form form;
    private @Nullable CharSequence retryAfter;

    private HttpError(
            int status,
            String code,
            String text,
            int retryAfterSeconds,
            String limit,
            Map<CharSequence, CharSequence> headers,
            Form form,
            @Nullable Throwable cause) {
        super(text, cause, false, cause != null);
        this.status = status;
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
        this.limit = limit;
        this.headers = headers;
        this.form = form;
    }

    /**
     * Makes an error without a cause.
     *
     * @param code UPPER_SNAKE, stable: clients may switch on it
     */
    public static HttpError of(int status, String code, String text) {
        return new HttpError(status, code, text, 0, "", Map.of(), Form.WHOLE, null);
    }

    /** 503 with Retry-After: the part that is needed cannot answer now. */
    public static HttpError unavailable(String code, String text, int retryAfterSeconds, @Nullable Throwable cause) {
        return new HttpError(503, code, text, retryAfterSeconds, "", Map.of(), Form.WHOLE, cause);
    }

    /** 429: the next try has a chance after so many seconds. */
    public static HttpError tooMany(int retryAfterSeconds) {
        return new HttpError(
                429,
                "TOO_MANY_REQUESTS",
                "Too many requests. Please try again later.",
                retryAfterSeconds,
                "",
                Map.of(),
                Form.WHOLE,
                null);
    }

    /** Names the setting that rules the refusal: a limit that was passed, or what would allow it. */
    public HttpError withLimit(String setting) {
        return new HttpError(status, code, text(), retryAfterSeconds, setting, headers, form, getCause());
    }

    /** Says after how many seconds the next try has a chance. */
    public HttpError withRetryAfter(int seconds) {
        return new HttpError(status, code, text(), seconds, limit, headers, form, getCause());
    }

    /** The same as a line of plain text: for those who are not to cost anything. */
    public HttpError asLine() {
        return new HttpError(status, code, text(), retryAfterSeconds, limit, headers, Form.LINE, getCause());
    }

    /** The same with no more headers than it needs, unless it is a page. */
    public HttpError lean() {
        return new HttpError(status, code, text(), retryAfterSeconds, limit, headers, Form.LEAN, getCause());
    }

    public Form form() {
        return form;
    }

    /** Adds headers that the response has beside those of every error. */
    public HttpError withHeaders(Map<CharSequence, CharSequence> more) {
        return new HttpError(status, code, text(), retryAfterSeconds, limit, more, form, getCause());
    }

    /** Headers of this error's own; mostly none. */
    public Map<CharSequence, CharSequence> headers() {
        return headers;
    }

    /** Returns the setting that rules the refusal; mostly empty. */
    public String limit() {
        return limit;
    }

    public int status() {
        return status;
    }

    public String code() {
        return code;
    }

    /** The text for the client. */
    public String text() {
        return String.valueOf(getMessage());
    }

    /** The same seconds as a header has them. */
    public CharSequence retryAfter() {
        CharSequence known = retryAfter;
        if (known == null) {
            known = HttpHeaders.createOptimized(Integer.toString(retryAfterSeconds));
            retryAfter = known;
        }
        return known;
    }

    /** 0 when the response names no time for a retry. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
