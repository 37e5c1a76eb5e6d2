package app.molos.edge.db;

/** A row with that key is there already. */
public final class UniqueViolation extends RuntimeException {
    public UniqueViolation() {
        super("a row with that key exists", null, false, false);
    }
}
