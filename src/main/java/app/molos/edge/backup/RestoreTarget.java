package app.molos.edge.backup;

import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** A database that an archive takes the place of: first beside it, and then, in one step, instead of it. Blocking. */
interface RestoreTarget {
    /**
     * Returns that of a database.
     *
     * @param folder where a scratch database may lie, which says what our tables are
     */
    static RestoreTarget of(DatabaseConfig database, BackupFolder folder) {
        return database.url().dialect() == Dialect.SQLITE
                ? new SqliteTarget(database)
                : new PostgresTarget(database, folder.scratch("restore"));
    }

    /** Refuses while an edge, or anybody else, has the database open. */
    void claim() throws SQLException;

    /**
     * Restores an archive beside the database and proves it; on failure nothing of it is left.
     *
     * @param keepsSessions whether sessions are restored
     * @return whether the tables that it was made of were as our migrations make them, as far as that can be told
     */
    boolean stage(Path archive, Manifest manifest, Proof proof, boolean keepsSessions) throws SQLException, IOException;

    /** Removes what was staged, which did not get its place. */
    void discard() throws SQLException, IOException;

    /** Takes what was staged for the database; returns where the former one is kept, in words. */
    String swap() throws SQLException, IOException;

    /** Takes the former one for the database again, and keeps this one in its place. */
    String undo() throws SQLException, IOException;
}
