package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Puts the rows of an archive into a scratch database, in one transaction. Confined to one thread. */
final class ScratchLoader implements Loader {
    private static final int BATCH = 20;
    /** Characters that may wait. */
    private static final int MOST_KEPT = 1024 * 1024;

    private final Scratch scratch;
    private final LongConsumer progress;
    private final List<String> indexes;
    private final Map<String, Long> counts = new HashMap<>();
    private @Nullable PreparedStatement insert;
    private String table = "";
    private int waiting;
    private long kept;
    private long rows;

    /** @param progress told after each row how many are in */
    ScratchLoader(Scratch scratch, LongConsumer progress) throws SQLException {
        this.scratch = scratch;
        this.progress = progress;
        this.indexes = scratch.empty();
        scratch.connection().setAutoCommit(false);
    }

    @Override
    public void table(String name, List<String> columns) throws SQLException {
        flush();
        scratch.schema().demand(name, columns);
        insert = scratch.connection()
                .prepareStatement("INSERT INTO \"" + name + "\" VALUES ("
                        + String.join(", ", Collections.nCopies(columns.size(), "?")) + ")");
        table = name;
        counts.put(name, 0L);
    }

    @Override
    public void row(@Nullable Object[] values) throws SQLException {
        PreparedStatement statement = insert;
        if (statement == null) {
            throw new IllegalStateException("a row of no table");
        }
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
            kept += values[i] instanceof String text
                    ? text.length()
                    : values[i] instanceof byte[] bytes ? bytes.length : 0;
        }
        statement.addBatch();
        counts.merge(table, 1L, Long::sum);
        if (++waiting >= BATCH || kept > MOST_KEPT) {
            statement.executeBatch();
            waiting = 0;
            kept = 0;
        }
        progress.accept(++rows);
    }

    @Override
    public void finish() throws SQLException {
        flush();
        MovedAway.clear(scratch.connection());
        scratch.execute(indexes);
        scratch.connection().commit();
        scratch.connection().setAutoCommit(true);
        for (Table each : scratch.schema().tables()) {
            long expected = counts.getOrDefault(each.name(), 0L);
            String count = one("SELECT count(*) FROM \"" + each.name() + '"');
            if (!count.equals(Long.toString(expected))) {
                throw new Unfit("gave " + count + " rows of " + each.name() + " instead of " + expected);
            }
        }
        if (!Schema.strings(scratch.connection(), "PRAGMA foreign_key_check").isEmpty()) {
            throw new Unfit("has rows that refer to rows which are not there");
        }
        String integrity = one("PRAGMA quick_check(1)");
        if (!integrity.equals("ok")) {
            throw new Unfit("did not make a sound database: " + integrity);
        }
    }

    private String one(String query) throws SQLException {
        return Schema.strings(scratch.connection(), query).get(0);
    }

    private void flush() throws SQLException {
        PreparedStatement statement = insert;
        insert = null;
        if (statement != null) {
            try (statement) {
                if (waiting > 0) {
                    statement.executeBatch();
                }
            }
        }
        waiting = 0;
    }

    @Override
    public void close() throws SQLException {
        if (insert != null) {
            insert.close();
        }
    }
}
