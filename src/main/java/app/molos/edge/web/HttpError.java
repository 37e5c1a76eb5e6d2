package app.molos.edge.web;

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

    private HttpError(
            int status, String code, String text, int retryAfterSeconds, String limit, @Nullable Throwable cause) {
        super(text, cause, false, cause != null);
        this.status = status;
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
        this.limit = limit;
    }

    /**
     * Makes an error without a cause.
     *
     * @param code UPPER_SNAKE, stable: clients may switch on it
     */
    public static HttpError of(int status, String code, String text) {
        return new HttpError(status, code, text, 0, "", null);
    }

    /** 503 with Retry-After: the part that is needed cannot answer now. */
    public static HttpError unavailable(String code, String text, int retryAfterSeconds, @Nullable Throwable cause) {
        return new HttpError(503, code, text, retryAfterSeconds, "", cause);
    }

    /** 429: the next try has a chance after so many seconds. */
    public static HttpError tooMany(int retryAfterSeconds) {
        return new HttpError(
                429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later.", retryAfterSeconds, "", null);
    }

    /** Names the setting that rules the refusal: a limit that was passed, or what would allow it. */
    public HttpError withLimit(String setting) {
        return new HttpError(status, code, text(), retryAfterSeconds, setting, getCause());
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
