package app.molos.edge.db.migration;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/**
 * Checks every foreign key of SQLite after each migration, inside its transaction: migrations run with enforcement off,
 * so that a table can be rebuilt, and what does not hold afterwards rolls back.
 */
final class ForeignKeyCheck implements Callback {
    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.AFTER_EACH_MIGRATE;
    }

    @Override
    public boolean canHandleInTransaction(Event event, Context context) {
        return true;
    }

    @Override
    public void handle(Event event, Context context) {
        try (Statement statement = context.getConnection().createStatement();
                ResultSet broken = statement.executeQuery("PRAGMA foreign_key_check")) {
            if (broken.next()) {
                throw new FlywayException("A row of " + broken.getString(1) + " refers to a row of "
                        + broken.getString(3) + " that is not there after this migration.");
            }
        } catch (SQLException e) {
            throw new FlywayException("The foreign keys could not be checked.", e);
        }
    }

    @Override
    public String getCallbackName() {
        return "foreign key check";
    }
}
