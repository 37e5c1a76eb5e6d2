package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Another directory that each verified backup is copied to, which somebody mounted. Blocking. */
record SecondPlace(Path directory) {
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
            there.inTurn(() -> {
                there.copy(backup);
                return backup;
            });
            there.prune(false);
        } catch (Exception e) {
            throw refusal(backup, e.getMessage() + "");
        }
    }

    private Refusal refusal(Backup backup, String why) {
        return new Refusal(
                ExitCode.REFUSED,
                "The backup " + backup.file() + " was made and verified, and not copied to " + directory + ": " + why
                        + System.lineSeparator() + "    mend BACKUP_COPY_TO, then run `backup create` again");
    }
}
