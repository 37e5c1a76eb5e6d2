package app.molos.edge.backup.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive from its first byte to its last and believes none of it: only names that a writer gives, each once,
 * the manifest last, sizes and hashes as the manifest has them. Confined to one thread.
 */
public final class ArchiveReader {
    private static final Pattern TABLE = Pattern.compile("[a-z][a-z0-9_]{0,62}\\.ndjson");
    private static final Pattern FILE = Pattern.compile("files/[a-z][a-z0-9.-]{0,62}");
    private static final int MOST_PARTS = 500;
    private static final int MOST_COLUMNS = 500;
    private static final int LARGEST_FILE = 16 * 1024 * 1024;
    private static final int LARGEST_MANIFEST = 1024 * 1024;
    private static final int BUFFER = 64 * 1024;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Cells.LONGEST_ROW)
                    .build())
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    /** Takes what is read; what it was given counts only when {@link ArchiveReader#read} has returned. */
    public interface Content<E extends Exception> {
        void table(String name, List<String> columns) throws E;

        void row(@Nullable Object[] values) throws E;

        void file(String name, byte[] bytes) throws E;
    }

    /** Takes everything and keeps nothing: for a look whether an archive is whole. */
    public static final Content<RuntimeException> NOBODY = new Content<>() {
        @Override
        public void table(String name, List<String> columns) {}

        @Override
        public void row(@Nullable Object[] values) {}

        @Override
        public void file(String name, byte[] bytes) {}
    };

    private final long most;
    private final List<Manifest.Part> parts = new ArrayList<>();
    private long total;

    private ArchiveReader(long most) {
        this.most = most;
    }

    /**
     * Reads to the end, which is left to the caller to close.
     *
     * @param most bytes that it may unpack to
     */
    public static <E extends Exception> Manifest read(InputStream in, long most, Content<E> content)
            throws IOException, E {
        try {
            return new ArchiveReader(most).all(in, content);
        } catch (ZipException | JsonProcessingException e) {
            throw new DamagedArchive("is damaged: " + firstLine(e), e);
        } catch (java.io.EOFException e) {
            throw new DamagedArchive("ends too early", e);
        }
    }

    private static @Nullable ZipEntry next(ZipInputStream zip) throws IOException {
        try {
            return zip.getNextEntry();
        } catch (IllegalArgumentException e) {
            throw new DamagedArchive("has an entry with a name that is no text", e);
        }
    }

    private <E extends Exception> Manifest all(InputStream in, Content<E> content) throws IOException, E {
        // Not closed: that would close the caller's.
        ZipInputStream zip = new ZipInputStream(new BufferedInputStream(in, BUFFER));
        Manifest manifest = null;
        ZipEntry entry = next(zip);
        while (entry != null) {
            String name = entry.getName();
            if (manifest != null) {
                throw new DamagedArchive("has an entry behind its manifest: " + printable(name));
            }
            if (name.equals(ArchiveWriter.MANIFEST)) {
                manifest = Manifest.parse(new String(bytes(zip, LARGEST_MANIFEST, name), StandardCharsets.UTF_8));
            } else {
                part(zip, name, content);
            }
            entry = next(zip);
        }
        if (manifest == null) {
            throw new DamagedArchive(parts.isEmpty() ? "is no archive of this program" : "ends before its manifest");
        }
        // What is behind the last entry is read too: age authenticates the last piece only with its end.
        in.transferTo(OutputStream.nullOutputStream());
        compare(manifest);
        return manifest;
    }

    private <E extends Exception> void part(ZipInputStream zip, String name, Content<E> content) throws IOException, E {
        boolean isTable = TABLE.matcher(name).matches();
        if (!isTable && !FILE.matcher(name).matches()) {
            throw new DamagedArchive("has an entry that no archive has: " + printable(name));
        }
        if (parts.size() >= MOST_PARTS || parts.stream().anyMatch(p -> p.name().equals(name))) {
            throw new DamagedArchive("has the entry " + name + " twice, or too many");
        }
        PartStream part = new PartStream(zip, most - total);
        long rows = 0;
        if (isTable) {
            rows = rows(part, name.substring(0, name.length() - ArchiveWriter.ROWS.length()), content);
        } else {
            content.file(name.substring(ArchiveWriter.FILES.length()), bytes(part, LARGEST_FILE, name));
        }
        total += part.size();
        parts.add(new Manifest.Part(name, rows, part.size(), part.hex()));
    }

    private <E extends Exception> long rows(PartStream part, String table, Content<E> content) throws IOException, E {
        try (JsonParser in = JSON.createParser(part)) {
            List<Object> head = Cells.row(in, table, MOST_COLUMNS);
            List<String> columns = head == null
                    ? List.of()
                    : head.stream().map(String::valueOf).toList();
            if (columns.isEmpty()) {
                throw new DamagedArchive("has no columns for " + table);
            }
            content.table(table, columns);
            long rows = 0;
            int width = columns.size();
            for (List<Object> row = Cells.row(in, table, width); row != null; row = Cells.row(in, table, width)) {
                if (row.size() != columns.size()) {
                    throw new DamagedArchive("has a row of " + row.size() + " values for the " + columns.size()
                            + " columns of " + table);
                }
                content.row(row.toArray());
                rows++;
            }
            part.transferTo(OutputStream.nullOutputStream());
            return rows;
        }
    }

    private static byte[] bytes(InputStream in, int limit, String name) throws IOException {
        byte[] bytes = in.readNBytes(limit + 1);
        if (bytes.length > limit) {
            throw new DamagedArchive("has an entry that is too large: " + name);
        }
        return bytes;
    }

    private void compare(Manifest manifest) throws DamagedArchive {
        if (!manifest.parts().equals(parts)) {
            String different = manifest.parts().stream()
                    .filter(part -> !parts.contains(part))
                    .map(Manifest.Part::name)
                    .findFirst()
                    .orElse("an entry that the manifest does not have");
            throw new DamagedArchive("is not what its manifest says: " + printable(different));
        }
    }

    private static String printable(String name) {
        return '"' + name.substring(0, Math.min(80, name.length())).replaceAll("\\p{Cntrl}", "?") + '"';
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
