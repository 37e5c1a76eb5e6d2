package app.molos.edge.backup;

import app.molos.edge.backup.archive.ArchiveFile;
import app.molos.edge.backup.archive.ArchiveReader;
import app.molos.edge.backup.archive.DamagedArchive;
import app.molos.edge.backup.archive.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Proves an archive good by reading it, or by restoring it. Blocking. */
final class Proof {
    private static final int SAY_EVERY = 20_000;

    private final List<String> identities;
    private final Consumer<String> progress;
    private final Pace pace;

    /** @param identities that may open it, if it is encrypted */
    Proof(List<String> identities, Consumer<String> progress, Pace pace) {
        this.identities = identities;
        this.progress = progress;
        this.pace = pace;
    }

    /** Reads all of it, and that it is the file which its sum was made of; returns what is in it. */
    Manifest read(Path file) throws IOException {
        progress.accept("reading " + file.getFileName());
        if (!Notes.isWhole(file)) {
            throw new DamagedArchive("is not the file that the .sha256 beside it was made of");
        }
        return ArchiveFile.<RuntimeException>read(file, identities, ArchiveReader.NOBODY);
    }

    /** Restores it into a scratch database and looks whether that is sound; returns what was in it. */
    Manifest restore(Path file, Scratch scratch) throws IOException, SQLException {
        try (Loader loader = new ScratchLoader(scratch, this::loaded)) {
            return restore(file, loader);
        }
    }

    /** As {@link #restore(Path, Scratch)}, into whatever the loader loads. */
    Manifest restore(Path file, Loader loader) throws IOException, SQLException {
        if (!Notes.isWhole(file)) {
            throw new DamagedArchive("is not the file that the .sha256 beside it was made of");
        }
        Manifest manifest = ArchiveFile.read(file, identities, loader);
        progress.accept("checking what was restored");
        loader.finish();
        return manifest;
    }

    /** For loaders: how many rows are in. */
    void loaded(long rows) {
        pace.row();
        if (rows % SAY_EVERY == 0) {
            progress.accept(String.format(Locale.ROOT, "restoring, %,d rows", rows));
        }
    }
}
