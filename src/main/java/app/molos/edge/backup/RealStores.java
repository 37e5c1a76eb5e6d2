package app.molos.edge.backup;

import app.molos.edge.db.DatabaseConfig;
import java.sql.SQLException;

/**
 * Reads a restored database with the code that serves from it: what a program of this version would trip over is found now.
 * Given by whoever stands above the stores. Blocking.
 */
public interface RealStores {
    /**
     * Reads the newest user and the newest session.
     *
     * @throws SQLException with the rest of a sentence that begins "The archive": the newest user or session cannot be read
     */
    void read(DatabaseConfig restored) throws SQLException;
}
