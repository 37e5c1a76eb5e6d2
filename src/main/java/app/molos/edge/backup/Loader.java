package app.molos.edge.backup;

import app.molos.edge.backup.archive.ArchiveReader;
import java.sql.SQLException;

/** Puts the rows of an archive into an empty database that was migrated to its version. Confined to one thread. */
interface Loader extends ArchiveReader.Content<SQLException>, AutoCloseable {
    /** Returns this one, or one that leaves sessions out: then nobody is signed in. */
    default Loader of(boolean keepsSessions) {
        return keepsSessions ? this : new WithoutRows(this, "sessions");
    }

    /** Makes it last, once the whole archive was read and found good, and proves the result; throws {@link Unfit}. */
    void finish() throws SQLException;

    @Override
    default void file(String name, byte[] bytes) {
        // Files are for people: nothing is put back by itself.
    }

    @Override
    void close() throws SQLException;

    /** An archive that is whole and still does not make the database that it should. Ends "The archive ...". */
    final class Unfit extends SQLException {
        Unfit(String message) {
            super(message);
        }
    }
}
