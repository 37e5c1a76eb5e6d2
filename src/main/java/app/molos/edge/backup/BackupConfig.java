package app.molos.edge.backup;

import app.molos.edge.backup.archive.Encryption;
import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * When backups are made, where they go and who can open them.
 *
 * @param scratch where databases lie that are looked at and thrown away: in the clear, so beside the live one
 * @param copyTo a second place, which is there already
 * @param recipients age1... of those who can open them; empty: backups are as plain as the database
 * @param isPlainMeant whether plain ones may leave for the second place
 */
public record BackupConfig(
        Path directory,
        Path scratch,
        Optional<Path> copyTo,
        List<String> recipients,
        boolean isPlainMeant,
        Timing timing) {
    /**
     * When.
     *
     * @param jitter up to so much later than they are due, so that many edges do not do it at one moment
     * @param checkInterval between two looks whether one is due
     * @param share of one processor that it takes, in percent
     */
    public record Timing(Schedule schedule, Duration jitter, Duration checkInterval, int share) {}

    public static final ConfigKey SCHEDULE = ConfigKey.of(
            "backup.schedule",
            "BACKUP_SCHEDULE",
            null,
            "when backups are made by themselves: `off`, an interval (`6h`), or a time of day in UTC (`03:30`); production: 24h,"
                    + " development: off");
    public static final ConfigKey JITTER = ConfigKey.of(
            "backup.jitter", "BACKUP_JITTER", "10m", "a backup is made up to so much later than it is due, by chance");
    public static final ConfigKey CHECK_INTERVAL = ConfigKey.of(
            "backup.checkInterval", "BACKUP_CHECK_INTERVAL", "1m", "between two looks whether a backup is due");
    public static final ConfigKey SHARE = ConfigKey.of(
            "backup.share",
            "BACKUP_SHARE",
            "10",
            "percent of one processor that a backup by schedule takes; more is sooner done, and people wait longer meanwhile");
    public static final ConfigKey DIRECTORY = ConfigKey.of(
            "backup.dir", "BACKUP_DIR", "${DATA_DIR}/backups", "where backups are written, for the edge's user only");
    public static final ConfigKey COPY_TO = ConfigKey.of(
            "backup.copyTo",
            "BACKUP_COPY_TO",
            null,
            "a second directory for each verified backup, on another disk or machine; it must exist: name one inside the mount,"
                    + " so that a missing mount is noticed");
    public static final ConfigKey RECIPIENTS = ConfigKey.of(
            "backup.recipients",
            "BACKUP_RECIPIENTS",
            null,
            "public keys of age (`age1...`), comma-separated, that backups are encrypted to; `backup keygen` makes one. Without,"
                    + " backups are as plain as the database");
    public static final ConfigKey ENCRYPT = ConfigKey.of(
            "backup.encrypt",
            "BACKUP_ENCRYPT",
            "true",
            "`false`: plain backups may be copied to `BACKUP_COPY_TO`, and `BACKUP_DIR` may lie outside of `DATA_DIR`; who reads"
                    + " them there reads the database");
    public static final List<ConfigKey> KEYS =
            List.of(SCHEDULE, JITTER, CHECK_INTERVAL, SHARE, DIRECTORY, COPY_TO, RECIPIENTS, ENCRYPT);

    private static final Duration MOST_JITTER = Duration.ofDays(1);
    private static final Duration MOST_BETWEEN_CHECKS = Duration.ofHours(1);

    public static BackupConfig read(ConfigReader reader, EdgeMode mode, Path dataDir) {
        List<String> recipients = recipients(reader);
        boolean isPlainMeant = !reader.flag(ENCRYPT);
        Optional<Path> copyTo = reader.path(COPY_TO);
        if (isPlainMeant && !recipients.isEmpty()) {
            reader.refuse(
                    ENCRYPT,
                    "BACKUP_RECIPIENTS says who backups are encrypted to: which of the two counts?",
                    "one of the two");
        }
        if (copyTo.isPresent() && recipients.isEmpty() && !isPlainMeant) {
            reader.refuse(
                    COPY_TO,
                    "copies would leave this machine as plain as the database",
                    "BACKUP_RECIPIENTS=age1... as `backup keygen` prints it; or, if that is meant, BACKUP_ENCRYPT=false");
        }
        Path directory = Path.of(reader.text(DIRECTORY).replace("${DATA_DIR}", dataDir.toString()));
        if (copyTo.isPresent() && isSame(copyTo.get(), directory)) {
            reader.refuse(
                    COPY_TO,
                    "that is where backups are made: one disk would have both",
                    "BACKUP_COPY_TO=a directory of another disk or machine");
        }
        if (!isBelow(directory, dataDir) && recipients.isEmpty() && !isPlainMeant) {
            reader.refuse(
                    DIRECTORY,
                    "backups would lie outside of DATA_DIR, as plain as the database",
                    "BACKUP_RECIPIENTS=age1... as `backup keygen` prints it; or, if that is meant, BACKUP_ENCRYPT=false");
        }
        return new BackupConfig(
                directory,
                dataDir.resolve("scratch"),
                copyTo,
                recipients,
                isPlainMeant,
                new Timing(
                        schedule(reader, mode),
                        reader.duration(JITTER, Duration.ZERO, MOST_JITTER),
                        reader.duration(CHECK_INTERVAL, Duration.ofMillis(100), MOST_BETWEEN_CHECKS),
                        reader.integer(SHARE, 1, 100)));
    }

    /** Whether backups, or copies of them, lie elsewhere than the database's own directory. */
    public boolean leavesDataDir(Path dataDir) {
        return copyTo.isPresent() || !isBelow(directory, dataDir);
    }

    private static boolean isBelow(Path one, Path other) {
        return one.toAbsolutePath()
                .normalize()
                .startsWith(other.toAbsolutePath().normalize());
    }

    private static boolean isSame(Path one, Path other) {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    private static List<String> recipients(ConfigReader reader) {
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
        return List.copyOf(recipients);
    }

    private static Schedule schedule(ConfigReader reader, EdgeMode mode) {
        if (!reader.isSet(SCHEDULE)) {
            return mode.isProduction() ? Schedule.every(Duration.ofDays(1)) : Schedule.OFF;
        }
        String text = reader.text(SCHEDULE);
        return Schedule.parse(text).orElseGet(() -> {
            reader.refuse(
                    SCHEDULE,
                    "\"" + text + "\" is neither `off`, nor an interval from one minute to 31 days, nor a time of day",
                    "BACKUP_SCHEDULE=24h, or BACKUP_SCHEDULE=03:30");
            return Schedule.OFF;
        });
    }
}
