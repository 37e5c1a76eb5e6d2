package app.molos.edge.web;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A failure with a public half (status, code, safe text, Retry-After) and a private half (the cause, for the log).
 * Without a cause it has no stack trace: it is an answer, not an accident.
 */
public final class HttpError extends RuntimeException {
    private final int status;
    private final String code;
    private final int retryAfterSeconds;
    private final String limit;
    private final Map<String, String> headers;
    private final boolean isBare;

    private HttpError(
            int status,
            String code,
            String text,
            int retryAfterSeconds,
            String limit,
            Map<String, String> headers,
            boolean isBare,
            @Nullable Throwable cause) {
        super(text, cause, false, cause != null);
        this.status = status;
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
        this.limit = limit;
        this.headers = headers;
        this.isBare = isBare;
    }

    /**
     * Makes an error without a cause.
     *
     * @param code UPPER_SNAKE, stable: clients may switch on it
     */
    public static HttpError of(int status, String code, String text) {
        return new HttpError(status, code, text, 0, "", Map.of(), false, null);
    }

    /** 503 with Retry-After: the part that is needed cannot answer now. */
    public static HttpError unavailable(String code, String text, int retryAfterSeconds, @Nullable Throwable cause) {
        return new HttpError(503, code, text, retryAfterSeconds, "", Map.of(), false, cause);
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
                false,
                null);
    }

    /** Names the setting that rules the refusal: a limit that was passed, or what would allow it. */
    public HttpError withLimit(String setting) {
        return new HttpError(status, code, text(), retryAfterSeconds, setting, headers, isBare, getCause());
    }

    /** Says after how many seconds the next try has a chance. */
    public HttpError withRetryAfter(int seconds) {
        return new HttpError(status, code, text(), seconds, limit, headers, isBare, getCause());
    }

    /** The same as a line of plain text with few headers: for those who are not to cost anything. */
    public HttpError bare() {
        return new HttpError(status, code, text(), retryAfterSeconds, limit, headers, true, getCause());
    }

    public boolean isBare() {
        return isBare;
    }

    /** Adds headers that the response has beside those of every error. */
    public HttpError withHeaders(Map<String, String> more) {
        return new HttpError(status, code, text(), retryAfterSeconds, limit, more, isBare, getCause());
    }

    /** Headers of this error's own; mostly none. */
    public Map<String, String> headers() {
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

    /** 0 when the response names no time for a retry. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
