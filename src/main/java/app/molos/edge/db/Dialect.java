package app.molos.edge.db;

/** The two databases we speak; the SQL is the same, what surrounds it is not. */
public enum Dialect {
    SQLITE("SQLite"),
    POSTGRESQL("PostgreSQL");

    private final String title;

    Dialect(String title) {
        this.title = title;
    }

    @Override
    public String toString() {
        return title;
    }
}
