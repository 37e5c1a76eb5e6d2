package app.molos.edge.db;

/** The database did not answer, not in time, or not with what we asked: to a caller all three mean "not now". */
public final class DatabaseFailure extends RuntimeException {
    public DatabaseFailure(Throwable cause) {
        super("the database failed", cause);
    }
}
