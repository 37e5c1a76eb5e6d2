package app.molos.edge.backup;

import app.molos.edge.backup.archive.Encryption;
import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.nio.file.Path;
import java.util.List;

/**
 * Where backups go and who can open them.
 *
 * @param recipients age1... of those who can; empty: backups are as plain as the database
 */
public record BackupConfig(Path directory, List<String> recipients) {
    public static final ConfigKey DIRECTORY = ConfigKey.of(
            "backup.dir", "BACKUP_DIR", "${DATA_DIR}/backups", "where backups are written, for the edge's user only");
    public static final ConfigKey RECIPIENTS = ConfigKey.of(
            "backup.recipients",
            "BACKUP_RECIPIENTS",
            null,
            "public keys of age (`age1...`), comma-separated, that backups are encrypted to; `backup keygen` makes one. Without,"
                    + " backups are as plain as the database");
    public static final List<ConfigKey> KEYS = List.of(DIRECTORY, RECIPIENTS);

    public static BackupConfig read(ConfigReader reader, Path dataDir) {
        List<String> recipients = reader.list(RECIPIENTS);
        for (String recipient : recipients) {
            if (recipient.startsWith("AGE-SECRET-KEY-")) {
                reader.refuse(
                        RECIPIENTS,
                        "that is the secret half of a key, which does not belong on this machine",
                        "BACKUP_RECIPIENTS= the line that begins with age1, and keep the other one elsewhere");
            } else if (!Encryption.isRecipient(recipient)) {
                reader.refuse(
                        RECIPIENTS,
                        "\"" + recipient + "\" is no public key of age",
                        "BACKUP_RECIPIENTS=age1... as `backup keygen` prints it");
            }
        }
        return new BackupConfig(
                Path.of(reader.text(DIRECTORY).replace("${DATA_DIR}", dataDir.toString())), List.copyOf(recipients));
    }
}
