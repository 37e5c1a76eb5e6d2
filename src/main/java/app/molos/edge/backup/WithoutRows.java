package app.molos.edge.backup;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Loads all but the rows of one table, which are read like the others. Confined to one thread. */
final class WithoutRows implements Loader {
    private final Loader loader;
    private final String left;
    private boolean isLeft;

    /** @param left name of the table that stays empty */
    WithoutRows(Loader loader, String left) {
        this.loader = loader;
        this.left = left;
    }

    @Override
    public void table(String name, List<String> columns) throws SQLException {
        isLeft = name.equals(left);
        loader.table(name, columns);
    }

    @Override
    public void row(@Nullable Object[] values) throws SQLException {
        if (!isLeft) {
            loader.row(values);
        }
    }

    @Override
    public void finish() throws SQLException {
        loader.finish();
    }

    @Override
    public void close() throws SQLException {
        loader.close();
    }
}
