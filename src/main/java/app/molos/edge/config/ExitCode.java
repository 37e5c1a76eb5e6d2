package app.molos.edge.config;

/** Why the process ended; the numbers are part of the product and stand in docs/operations.md. */
public enum ExitCode {
    OK(0),
    UNEXPECTED(1),
    CONFIGURATION(2),
    MIGRATION(3),
    DATABASE(4),
    PORT(5),
    PENDING(6),
    REFUSED(7),
    USAGE(64),
    BROKEN(70);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
