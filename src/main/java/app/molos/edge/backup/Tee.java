package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.backup.archive.ArchiveWriter;
import app.molos.edge.backup.archive.Manifest;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads all rows of a database as an archive would have them, and hashes them on their way. Confined to one thread. */
final class Tee implements MoveTarget.Rows {
    private final Snapshot snapshot;
    private final Schema schema;
    private final Consumer<String> progress;
    private List<Manifest.Part> parts = List.of();

    Tee(Snapshot snapshot, Schema schema, Consumer<String> progress) {
        this.snapshot = snapshot;
        this.schema = schema;
        this.progress = progress;
    }

    /** Reads them for their hashes only. */
    List<Manifest.Part> read() throws SQLException, IOException {
        progress.accept("comparing");
        all(null);
        return parts;
    }

    @Override
    public void give(Loader loader) throws SQLException, IOException {
        all(loader);
    }

    private void all(@Nullable Loader loader) throws SQLException, IOException {
        try (ArchiveWriter archive = new ArchiveWriter(OutputStream.nullOutputStream())) {
            for (Table table : schema.tables()) {
                if (loader != null) {
                    loader.table(table.name(), table.names());
                }
                archive.<SQLException>table(
                        table.name(),
                        table.names(),
                        rows -> snapshot.rows(table, row -> {
                            rows.write(row);
                            put(loader, row);
                        }));
            }
            parts = archive.parts();
        }
    }

    private static void put(@Nullable Loader loader, @Nullable Object[] row) throws IOException {
        if (loader != null) {
            try {
                loader.row(row);
            } catch (SQLException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }

    /** Rows, size and SHA-256 of each table, once all were read. */
    List<Manifest.Part> parts() {
        return parts;
    }
}
