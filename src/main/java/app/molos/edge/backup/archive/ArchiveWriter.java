package app.molos.edge.backup.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes an archive from its first byte to its last, a row at a time: entries of tables and files, the manifest as the
 * last one. Confined to one thread.
 */
public final class ArchiveWriter implements Closeable {
    /** How the entry of a table ends. */
    static final String ROWS = ".ndjson";

    static final String FILES = "files/";
    static final String MANIFEST = "manifest.json";

    private static final JsonFactory JSON = new JsonFactory();
    private static final int BUFFER = 64 * 1024;

    private final ZipOutputStream zip;
    private final List<Manifest.Part> parts = new ArrayList<>();

    /** @param out is closed with this */
    public ArchiveWriter(OutputStream out) {
        zip = new ZipOutputStream(new BufferedOutputStream(out, BUFFER));
        // Of what was measured, a higher level took half as long again for a tenth less.
        zip.setLevel(Deflater.BEST_SPEED);
    }

    /** Takes the rows of one table. */
    public interface Rows {
        void write(@Nullable Object[] row) throws IOException;
    }

    /** Gives the rows of one table, in the order of their keys. */
    public interface RowSource<E extends Exception> {
        void writeTo(Rows rows) throws IOException, E;
    }

    /** Writes a table: a line of its columns, then one for each row. */
    public <E extends Exception> void table(String name, List<String> columns, RowSource<E> source)
            throws IOException, E {
        zip.putNextEntry(new ZipEntry(name + ROWS));
        Digesting part = new Digesting(zip);
        long[] count = {0};
        try (JsonGenerator out = JSON.createGenerator(part)) {
            out.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
            out.writeStartArray();
            for (String column : columns) {
                out.writeString(column);
            }
            out.writeEndArray();
            source.writeTo(row -> {
                Cells.demandBounded(row);
                out.writeStartArray();
                for (Object value : row) {
                    Cells.write(out, value);
                }
                out.writeEndArray();
                count[0]++;
            });
            out.writeRaw('\n');
        }
        zip.closeEntry();
        parts.add(new Manifest.Part(name + ROWS, count[0], part.size(), part.hex()));
    }

    /** Writes a file that belongs to the backup. */
    public void file(String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(FILES + name));
        Digesting part = new Digesting(zip);
        part.write(content, 0, content.length);
        zip.closeEntry();
        parts.add(new Manifest.Part(FILES + name, 0, part.size(), part.hex()));
    }

    /** What was written so far. */
    public List<Manifest.Part> parts() {
        return List.copyOf(parts);
    }

    /** Writes the manifest, after which there is nothing. */
    public void finish(Manifest manifest) throws IOException {
        zip.putNextEntry(new ZipEntry(MANIFEST));
        zip.write(manifest.toJson().encodePrettily().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
