package app.molos.edge.db.migration;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.FileTrouble;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.DiskFull;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process migrates at a time (MIG-08), and none changes the database from a command line meanwhile. The turn is a lock of the operating system on {@code <file>.lock}, or a
 * session advisory lock on a connection of its own: both end with the process, so a killed holder blocks nobody.
 */
public final class MigrationMutex implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationMutex.class);
    private static final long SAY_EVERY_NANOS = 5_000_000_000L;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final AutoCloseable held;

    private MigrationMutex(AutoCloseable held) {
        this.held = held;
    }

    /** Waits for the turn; a refusal with exit code 4 when it was not had in time. */
    static MigrationMutex await(
            DatabaseUrl url, Connector connector, Duration limit, Runnable checkpoint, Consumer<String> phases)
            throws SQLException {
        long begun = System.nanoTime();
        long deadline = begun + limit.toNanos();
        long sayAgain = begun + SAY_EVERY_NANOS;
        while (true) {
            checkpoint.run();
            AutoCloseable held = url.dialect() == Dialect.SQLITE ? file(url) : advisory(url, connector);
            if (held != null) {
                return new MigrationMutex(held);
            }
            if (System.nanoTime() > deadline) {
                throw new Refusal(
                        ExitCode.DATABASE,
                        "Another process has held the migration lock of " + url + " for "
                                + limit.toSeconds() + " s (database.connectTimeout)." + System.lineSeparator()
                                + "    wait for it to finish, or raise DATABASE_CONNECT_TIMEOUT");
            }
            phases.accept("waiting for the migration lock");
            if (System.nanoTime() - sayAgain >= 0) {
                sayAgain = System.nanoTime() + SAY_EVERY_NANOS;
                LOG.info(
                        "Waiting for the migration lock of {} ({} s of {} s): another process has it",
                        url,
                        (System.nanoTime() - begun) / 1_000_000_000,
                        limit.toSeconds());
            }
            Backoff.sleep(PAUSE);
        }
    }

    static Path lockFile(DatabaseUrl url) {
        return Path.of(Objects.requireNonNull(url.file()) + ".lock");
    }

    private static @Nullable AutoCloseable file(DatabaseUrl url) {
        try {
            FileChannel channel = FileChannel.open(
                    lockFile(url),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return channel;
                }
            } catch (OverlappingFileLockException e) {
                // Held by this very process: the same as held by another.
            }
            channel.close();
            return null;
        } catch (IOException e) {
            if (DiskFull.is(e)) {
                throw DiskFull.refusal("the lock file " + lockFile(url) + " cannot be written");
            }
            throw new Refusal(
                    ExitCode.DATABASE,
                    "The lock file " + lockFile(url) + " cannot be written: "
                            + FileTrouble.of(
                                    Objects.requireNonNull(
                                            lockFile(url).toAbsolutePath().getParent()),
                                    e));
        }
    }

    private static @Nullable AutoCloseable advisory(DatabaseUrl url, Connector connector) throws SQLException {
        Connection connection = connector.migrating();
        try (PreparedStatement lock =
                connection.prepareStatement("SELECT pg_try_advisory_lock(hashtext(?), hashtext(?))")) {
            lock.setString(1, "molos-edge migration");
            lock.setString(2, url.schema());
            try (ResultSet row = lock.executeQuery()) {
                if (row.next() && row.getBoolean(1)) {
                    return connection;
                }
            }
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        connection.close();
        return null;
    }

    @Override
    public void close() {
        try {
            held.close();
        } catch (Exception e) {
            // The lock ends with the process at the latest; what was migrated stands.
            LoggerFactory.getLogger(MigrationMutex.class).warn("The migration lock did not close cleanly", e);
        }
    }
}
