package app.molos.edge.backup;

import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Puts another database file in the place of the one that is served, in one step: whoever looks finds the old one whole or the
 * new one whole, whenever the process is killed. A file that is renamed beside the log of another would show the other's rows;
 * so the log is folded in first, which only works while nobody else has the database open. Blocking.
 */
final class SqliteTarget implements RestoreTarget {
    private static final int BUSY = 5;
    private static final String UNDO = ".undo";

    private final DatabaseConfig database;
    private final Path live;

    SqliteTarget(DatabaseConfig database) {
        this.database = database;
        this.live = Objects.requireNonNull(database.url().file()).toAbsolutePath();
    }

    /** Where the one that was served last is kept. */
    private Path was() {
        return Path.of(live + ".was");
    }

    private Path staged() {
        return Path.of(live + ".restore");
    }

    @Override
    public boolean stage(Path archive, Manifest manifest, Proof proof, boolean keepsSessions)
            throws SQLException, IOException {
        PrivateDirectory.make(Objects.requireNonNull(live.getParent()));
        boolean isStaged = false;
        Scratch scratch = Scratch.make(staged(), database, manifest.source().migration());
        try {
            try (Loader loader = new ScratchLoader(scratch, proof::loaded).of(keepsSessions)) {
                proof.restore(archive, loader);
            }
            boolean isAsMigrated = !manifest.source().kind().equals(Dialect.SQLITE.toString())
                    || SchemaFingerprint.of(scratch.connection(), Dialect.SQLITE, scratch.schema())
                            .equals(manifest.source().fingerprint());
            scratch.execute(List.of("ANALYZE"));
            scratch.keep();
            isStaged = true;
            return isAsMigrated;
        } finally {
            if (!isStaged) {
                scratch.close();
            }
        }
    }

    /** Folds the log into the file, which nobody can while somebody else has it open. */
    @Override
    public void claim() throws SQLException {
        if (Files.exists(live)) {
            fold();
        }
        // Their rows would be taken for another file's own.
        for (String suffix : List.of("-wal", "-shm", "-journal")) {
            if (Files.exists(Path.of(live + suffix))) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "There is " + live + suffix + ", which belongs to an edge that runs or was killed"
                                + (Files.exists(live) ? "" : ", and no " + live) + "; nothing was changed."
                                + System.lineSeparator()
                                + (Files.exists(live)
                                        ? "    stop the edge, then run this again"
                                        : "    move it away, to where its database went, then run this again"));
            }
        }
    }

    private void fold() throws SQLException {
        try (Connection connection = new Connector(database.url(), database.queryTimeout()).alone()) {
            // By way of the log: a fold that was killed leaves a journal, which is played back and removed on this way
            // only.
            Schema.strings(connection, "PRAGMA journal_mode = WAL");
            String mode =
                    Schema.strings(connection, "PRAGMA journal_mode = DELETE").get(0);
            if (!mode.equals("delete")) {
                throw inUse();
            }
        } catch (SQLException e) {
            if ((e.getErrorCode() & 0xFF) == BUSY) {
                throw inUse();
            }
            throw e;
        }
    }

    private Refusal inUse() {
        return new Refusal(
                ExitCode.REFUSED,
                "An edge, or another program, has " + live + " open; nothing was changed." + System.lineSeparator()
                        + "    stop it first");
    }

    @Override
    public void discard() throws IOException {
        Files.deleteIfExists(staged());
    }

    @Override
    public String swap() throws SQLException, IOException {
        // Of an undo that was killed: the next one must not take it for what this restore replaced.
        Files.deleteIfExists(Path.of(live + UNDO));
        if (!Files.exists(live) && Files.exists(was())) {
            // Nothing is replaced, so nothing may lead back; what an earlier restore replaced is kept.
            Files.move(
                    was(),
                    Path.of(was() + "-" + Files.getLastModifiedTime(was()).to(TimeUnit.SECONDS)));
        }
        return swap(staged());
    }

    private String swap(Path staged) throws SQLException, IOException {
        Durable.force(staged);
        claim();
        if (Files.exists(live)) {
            Durable.force(live);
            Path link = Path.of(was() + ".part");
            Files.deleteIfExists(link);
            Files.createLink(link, live);
            Files.move(link, was(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            // Where both are names of one file the move does nothing.
            Files.deleteIfExists(link);
            Durable.forceDirectory(Objects.requireNonNull(live.getParent()));
        }
        return takePlace(staged);
    }

    /** The one step; what fails behind it does not take it back. */
    private String takePlace(Path staged) throws IOException {
        Files.move(staged, live, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try {
            Durable.forceDirectory(Objects.requireNonNull(live.getParent()));
        } catch (IOException e) {
            throw new Refusal(
                    ExitCode.UNEXPECTED,
                    live + " is the other one now, and the disk did not say that it keeps it so: " + e.getMessage()
                            + System.lineSeparator() + "    look after the disk; the one before is " + was());
        }
        return was().toString();
    }

    @Override
    public String undo() throws SQLException, IOException {
        Path staged = Path.of(live + UNDO);
        if (!Files.exists(live) && Files.exists(was())) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "There is no " + live + "; nothing was taken back." + System.lineSeparator() + "    rename " + was()
                            + ", which the last restore replaced, if that is the one that is wanted");
        }
        boolean isHalfDone = Files.exists(was()) && Files.exists(live) && Files.isSameFile(was(), live);
        if (!Files.exists(was()) || (isHalfDone && !Files.exists(staged))) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "There is nothing to take back: nothing was restored over " + live
                            + ", or what was there before was removed since.");
        }
        if (isHalfDone) {
            // An undo was killed between its two steps: what it wanted back has no other name any more.
            claim();
            return takePlace(staged);
        }
        Files.deleteIfExists(staged);
        Files.createLink(staged, was());
        return swap(staged);
    }
}
