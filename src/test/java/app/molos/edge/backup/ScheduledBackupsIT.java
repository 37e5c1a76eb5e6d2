package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.RestoredStores;
import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.MailServer;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups that nobody asks for, by a clock that is made up and by a real one. */
class ScheduledBackupsIT {
    private static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");

    private static final class SetClock extends Clock {
        private Instant now = BEGIN;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @TempDir
    Path directory;

    private final Map<String, String> settings = new HashMap<>(Map.of("BACKUP_SCHEDULE", "24h", "BACKUP_JITTER", "0s"));
    private final SetClock clock = new SetClock();
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void closeVertx() {
        vertx.close().await();
    }

    private EdgeConfig config() {
        return EdgeConfig.read(EdgeServer.environment(directory, settings));
    }

    private ScheduledBackups schedule() {
        EdgeConfig config = config();
        BackupConfig backup = config.lifecycle().backup();
        return new ScheduledBackups(
                vertx,
                backup,
                new BackupMaker(config.database(), backup, "1", RestoredStores.alone(), clock),
                Map::of,
                standing -> {},
                clock);
    }

    private void database() {
        assertThat(CommandLine.run(directory, settings, "migrate", "apply").code())
                .isZero();
    }

    private void addUser(String id) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/molos.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO users (id, name, email, created_at, updated_at) VALUES ('" + id + "', 'x', '"
                    + id + "@example.org', 1, 1)");
        }
    }

    private List<Backup> all() {
        return BackupFolder.of(config().lifecycle().backup()).list();
    }

    private static Backup newest(ScheduledBackups schedule) {
        return Objects.requireNonNull(schedule.standing().newest());
    }

    @Test
    void scheduledBackup_isMadeWhenDue_onceForAllThatWereMissed_andNotAgainWhenNothingChanged() throws Exception {
        database();
        ScheduledBackups schedule = schedule();
        schedule.lookNow();
        Backup first = newest(schedule);
        assertThat(first.createdAt()).isEqualTo(BEGIN);
        clock.now = BEGIN.plus(Duration.ofHours(23));
        schedule.lookNow();
        assertThat(all()).containsExactly(first);
        clock.now = BEGIN.plus(Duration.ofDays(1));
        schedule.lookNow();
        assertThat(all()).singleElement().satisfies(same -> {
            assertThat(same.id()).isEqualTo(first.id());
            assertThat(same.asOf()).isEqualTo(clock.now);
        });
        addUser("ada");
        clock.now = BEGIN.plus(Duration.ofDays(10));
        ScheduledBackups restarted = schedule();
        restarted.lookNow();
        restarted.lookNow();
        assertThat(all()).hasSize(2);
        assertThat(newest(restarted).createdAt()).isEqualTo(clock.now);
        // The clock is set back: one backup, and not one at each look.
        clock.now = BEGIN.plus(Duration.ofDays(5));
        restarted.lookNow();
        restarted.lookNow();
        assertThat(restarted.standing().problem()).isEmpty();
        assertThat(all()).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void unchanged_isMadeAnew_whenTheOneThatIsThereIsDamaged() throws Exception {
        database();
        ScheduledBackups schedule = schedule();
        schedule.lookNow();
        Backup first = newest(schedule);
        byte[] bytes = Files.readAllBytes(first.file());
        bytes[bytes.length / 2] ^= 1;
        Files.write(first.file(), bytes);
        clock.now = BEGIN.plus(Duration.ofDays(1));
        schedule.lookNow();
        assertThat(newest(schedule).id()).isNotEqualTo(first.id());
        assertThat(all()).filteredOn(backup -> backup.id().equals(first.id())).allMatch(b -> !b.isVerified());
    }

    @Test
    void failure_isTold_triedAgainLater_andMendedByOneThatIsMadeByHand() throws Exception {
        database();
        Path place = directory.resolve("mount");
        settings.put("BACKUP_COPY_TO", place.toString());
        settings.put("BACKUP_ENCRYPT", "false");
        settings.put("BACKUP_SCHEDULE", "12:00");
        ScheduledBackups schedule = schedule();
        schedule.lookNow();
        assertThat(schedule.standing().problem()).contains("not copied to " + place, "is it mounted?");
        schedule.lookNow();
        assertThat(all()).hasSize(1);
        Files.createDirectory(place);
        clock.now = BEGIN.plus(Duration.ofHours(3));
        schedule.lookNow();
        assertThat(schedule.standing().problem()).isEmpty();
        Path copy = place.resolve(newest(schedule).file().getFileName());
        assertThat(copy).hasSameBinaryContentAs(newest(schedule).file());
        assertThat(BackupFolder.ofCopies(place).list()).singleElement().matches(Backup::isVerified);
        assertThat(CommandLine.run(directory, settings, "backup", "verify", copy.toString())
                        .code())
                .isZero();
    }

    @Test
    void placeThatIsMissingForDays_makesNoStormOfBackups() throws Exception {
        database();
        settings.put("BACKUP_COPY_TO", directory.resolve("mount").toString());
        settings.put("BACKUP_ENCRYPT", "false");
        ScheduledBackups schedule = schedule();
        for (int hour = 0; hour < 5 * 24; hour++) {
            clock.now = BEGIN.plus(Duration.ofHours(hour));
            addUser("u" + hour);
            schedule.lookNow();
            assertThat(schedule.standing().isGood()).isFalse();
        }
        assertThat(all()).hasSizeBetween(5, 6).allMatch(Backup::isVerified);
        Files.createDirectory(directory.resolve("mount"));
        clock.now = clock.now.plus(Duration.ofHours(3));
        schedule.lookNow();
        assertThat(schedule.standing().problem()).isEmpty();
    }

    @Test
    void noteThatCannotBeRead_isNoReasonToMakeNone() throws Exception {
        database();
        ScheduledBackups schedule = schedule();
        schedule.lookNow();
        Files.write(Path.of(newest(schedule).file() + ".json"), new byte[] {(byte) 0xC3, 0x28});
        clock.now = BEGIN.plus(Duration.ofDays(1));
        schedule.lookNow();
        assertThat(all()).hasSize(2);
        assertThat(newest(schedule).createdAt()).isEqualTo(clock.now);
    }

    @Test
    void clockThatWasFarAheadAtTheStart_doesNotKeepBackupsFromBeingMade_andOneThatHangsIsSeen() throws Exception {
        database();
        clock.now = BEGIN.plus(Duration.ofDays(3650));
        ScheduledBackups schedule = schedule();
        clock.now = BEGIN;
        schedule.lookNow();
        assertThat(newest(schedule).createdAt()).isEqualTo(BEGIN);
        // No look any more: one hangs.
        clock.now = BEGIN.plus(Duration.ofDays(3));
        assertThat(schedule.standing().problem()).contains("newest verified backup is of 2026-03-01");
    }

    @Test
    void edgesThatShareADirectory_doNotRemoveEachOthersBackups() throws Exception {
        database();
        settings.put("BACKUP_DIR", directory.resolve("shared").toString());
        settings.put("BACKUP_ENCRYPT", "false");
        assertThat(CommandLine.run(directory, settings, "backup", "create").code())
                .isZero();
        String mine = all().get(0).id();
        settings.put("DATA_DIR", directory.resolve("other").toString());
        database();
        for (int i = 0; i < 4; i++) {
            assertThat(CommandLine.run(directory, settings, "backup", "create").code())
                    .isZero();
            assertThat(CommandLine.run(directory, settings, "backup", "prune").code())
                    .isZero();
        }
        assertThat(all()).extracting(Backup::id).contains(mine).hasSizeLessThanOrEqualTo(5);
    }

    /** A neighbour that makes one each hour must not keep this one from ever making its own. */
    @Test
    void newestOfAnotherInstallation_isNotMine() throws Exception {
        database();
        settings.put("BACKUP_DIR", directory.resolve("shared").toString());
        settings.put("BACKUP_ENCRYPT", "false");
        schedule().lookNow();
        String theirs = all().get(0).id();
        settings.put("DATA_DIR", directory.resolve("other").toString());
        database();
        ScheduledBackups schedule = schedule();
        schedule.lookNow();
        assertThat(newest(schedule).id()).isNotEqualTo(theirs);
        assertThat(all()).hasSize(2);
    }

    @Test
    void databaseThatIsAway_whileNoneIsDue_isNoAlarm() throws Exception {
        database();
        ScheduledBackups schedule = schedule();
        schedule.lookNow();
        Path live = directory.resolve("data/molos.db");
        Files.move(live, directory.resolve("away.db"));
        clock.now = BEGIN.plus(Duration.ofHours(1));
        schedule.lookNow();
        assertThat(schedule.standing().problem()).isEmpty();
        assertThat(live).doesNotExist();
        clock.now = BEGIN.plus(Duration.ofHours(25));
        schedule.lookNow();
        assertThat(schedule.standing().problem()).isNotEmpty();
        assertThat(live).doesNotExist();
    }

    @Test
    void whatIsStrangersInTheSecondPlace_staysThere_andANoteThatCannotBeRead_removesNothing() throws Exception {
        database();
        Path place = Files.createDirectories(directory.resolve("mount"));
        settings.put("BACKUP_COPY_TO", place.toString());
        settings.put("BACKUP_ENCRYPT", "false");
        Path drill = Files.createDirectories(place.resolve("drill")).resolve("molos.db");
        Files.writeString(drill, "somebody's");
        Files.writeString(place.resolve("film.part"), "somebody's");
        Files.writeString(place.resolve("molos-x.zip.part"), "ours, half done");
        ScheduledBackups schedule = schedule();
        schedule.lookNow();
        assertThat(drill).exists();
        assertThat(place.resolve("film.part")).exists();
        assertThat(place.resolve("molos-x.zip.part")).doesNotExist();
        Backup first = newest(schedule);
        Files.writeString(Path.of(first.file() + ".json"), "{\"state\": \"veri");
        for (int day = 1; day < 6; day++) {
            addUser("u" + day);
            clock.now = BEGIN.plus(Duration.ofHours(day));
            assertThat(CommandLine.run(directory, settings, "backup", "create").code())
                    .isZero();
        }
        assertThat(CommandLine.run(directory, settings, "backup", "prune").code())
                .isZero();
        assertThat(first.file()).exists();
    }

    @Test
    void secondPlaceThatDoesNotEnd_isSaid_andTheOneThatIsHereCounts() throws Exception {
        database();
        Path place = Files.createDirectories(directory.resolve("mount"));
        settings.put("BACKUP_COPY_TO", place.toString());
        settings.put("BACKUP_ENCRYPT", "false");
        ScheduledBackups schedule = schedule();
        try (Turn turn = Turn.take(place.resolve(".lock"))) {
            assertThat(turn).isNotNull();
            Thread look = new Thread(schedule::lookNow);
            look.start();
            Awaitility.await().until(() -> schedule.standing().newest() != null);
            assertThat(newest(schedule).isVerified()).isTrue();
            // Nobody else waits for it.
            assertThat(CommandLine.run(directory, settings, "backup", "prune").code())
                    .isZero();
            assertThat(schedule.standing().isGood()).isTrue();
            clock.now = BEGIN.plus(Duration.ofHours(25));
            assertThat(schedule.standing().problem()).contains("has not come to an end");
            clock.now = BEGIN;
            turn.close();
            look.join(30_000);
        }
        assertThat(schedule.standing().problem()).isEmpty();
        assertThat(place.resolve(newest(schedule).file().getFileName().toString()))
                .exists();
    }

    @Test
    void placeOutsideOfTheDataDirectory_inTheClear_isRefusedUnlessMeant() {
        settings.put("BACKUP_DIR", directory.resolve("elsewhere").toString());
        CommandLine.Result refused = CommandLine.run(directory, settings, "backup", "list");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("BACKUP_DIR", "BACKUP_RECIPIENTS=age1", "BACKUP_ENCRYPT=false");
        settings.put("BACKUP_ENCRYPT", "false");
        assertThat(CommandLine.run(directory, settings, "backup", "list").code())
                .isZero();
        assertThat(CommandLine.run(directory, settings, "check").out()).contains("Backups leave DATA_DIR in the clear");
    }

    @Test
    void copiesInTheClear_areRefusedUnlessMeant() {
        settings.put("BACKUP_COPY_TO", directory.toString());
        CommandLine.Result refused = CommandLine.run(directory, settings, "backup", "list");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("BACKUP_COPY_TO", "BACKUP_RECIPIENTS=age1", "BACKUP_ENCRYPT=false");
    }

    @Test
    void runningEdge_makesOne_saysSo_andWritesToAdministratorsWhenItCannot() throws Exception {
        Path place = directory.resolve("mount");
        settings.put("BACKUP_CHECK_INTERVAL", "200ms");
        settings.put("BACKUP_SCHEDULE", "1h");
        settings.put("HEALTH_SLOW_INTERVAL", "1s");
        settings.put("BACKUP_COPY_TO", place.toString());
        settings.put("BACKUP_ENCRYPT", "false");
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(settings))) {
            edge.signUp("ada@example.org");
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !all().isEmpty());
            MailServer.Mail letter = mail.next();
            // Which of the two comes first is no matter.
            letter = letter.subject().equals("Confirm your address") ? mail.next() : letter;
            assertThat(letter.subject()).startsWith("No backup at http://localhost");
            assertThat(letter.to()).isEqualTo("ada@example.org");
            assertThat(letter.text()).contains("not copied to " + place);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> edge.management("/health").body().contains("backup_missing"));
            Files.createDirectory(place);
            assertThat(CommandLine.run(directory, settings, "backup", "create").code())
                    .isZero();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> edge.management("/metrics").body().contains("edge_backup_timestamp_seconds 1."));
            assertThat(edge.management("/metrics").body()).contains("edge_backup_size_bytes");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> mail.next().subject().startsWith("Backups are made again at"));
        }
    }
}
