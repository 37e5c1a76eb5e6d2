package app.molos.edge.config;

import org.jspecify.annotations.Nullable;

/**
 * The edge will not go on: what, where and the line to change, in words for the operator. It carries the exit code and
 * no stack trace, because the message is all there is to say.
 */
public final class Refusal extends RuntimeException {
    private final ExitCode exitCode;
    private final String text;

    public Refusal(ExitCode exitCode, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
        this.text = message;
    }

    @Override
    public String getMessage() {
        return text;
    }

    public ExitCode exitCode() {
        return exitCode;
    }

    /** The refusal inside a chain of causes, or null: futures and verticle deployment wrap what they carry. */
    public static @Nullable Refusal in(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof Refusal refusal) {
                return refusal;
            }
        }
        return null;
    }
}
