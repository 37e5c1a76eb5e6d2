package app.molos.edge.db;

import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements inside one transaction. Placeholders are {@code ?}; arguments are String, Integer, Long or null. A
 * statement that failed has ended the transaction: do not catch and go on.
 */
public interface Sql {
    /** Rows of a SELECT or of a RETURNING clause. */
    Future<List<Row>> query(String sql, @Nullable Object... arguments);

    /** The number of rows changed. */
    Future<Integer> update(String sql, @Nullable Object... arguments);
}
