package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Another directory that each verified backup is copied to, which somebody mounted. Blocking. */
record SecondPlace(Path directory) {
    private static final Logger LOG = LoggerFactory.getLogger(SecondPlace.class);
    /** Another machine may be copying there, at the same time of day. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /**
     * Puts a copy there, reads it back, and removes what is too old there.
     *
     * @throws Refusal when there is none afterwards; the backup itself is as it was
     */
    void take(Backup backup, Consumer<String> progress) {
        progress.accept("copying it to " + directory);
        // Not made here: where a mount is missing, the copy would land on the disk that it is to survive.
        if (!Files.isDirectory(directory)) {
            throw refusal(backup, "there is no such directory; is it mounted?");
        }
        try {
            BackupFolder there = BackupFolder.ofCopies(directory);
            there.inTurn(PATIENCE, () -> {
                there.copy(backup);
                removeOld(there);
                return backup;
            });
        } catch (Exception e) {
            throw refusal(backup, e.getMessage() + "");
        }
    }

    /** The copy is there; that old ones are, too, is no reason to call it missing. */
    private static void removeOld(BackupFolder there) {
        try {
            there.pruneNow(false);
        } catch (IOException | Refusal e) {
            LOG.warn("Old copies were not removed: {}", e.getMessage());
        }
    }

    private Refusal refusal(Backup backup, String why) {
        return new Refusal(
                ExitCode.REFUSED,
                "The backup " + backup.file() + " was made and verified, and not copied to " + directory + ": " + why
                        + System.lineSeparator() + "    mend BACKUP_COPY_TO, then run `backup create` again");
    }
}
