package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.backup.Backup.State;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** BAK-07: what is kept over 400 days, by a clock that is made up. */
class RetentionTest {
    private static final Instant FIRST = Instant.parse("2026-01-01T00:10:00Z");

    private static Backup backup(Instant time, State state, boolean isPinned) {
        String id = time.toString();
        return new Backup(id, Path.of(id), time, 1, 1, "", Backup.Status.of(state, "", isPinned));
    }

    private static List<Backup> prune(List<Backup> backups) {
        return new ArrayList<>(Retention.kept(backups).keySet());
    }

    @Test
    void BAK_07_hourlyBackupsOf400Days_areKeptAsTheRulesSay() {
        List<Backup> kept = new ArrayList<>();
        for (int hour = 0; hour < 400 * 24; hour++) {
            kept.add(backup(FIRST.plus(Duration.ofHours(hour)), State.VERIFIED, hour == 5));
            kept = prune(kept);
            assertThat(kept.size()).isLessThanOrEqualTo(24 + 7 + 4 + 12 + 1);
        }
        Instant last = FIRST.plus(Duration.ofHours(400 * 24 - 1));
        for (int hour = 0; hour < 24; hour++) {
            assertThat(kept).contains(backup(last.minus(Duration.ofHours(hour)), State.VERIFIED, false));
        }
        assertThat(kept).contains(backup(FIRST.plus(Duration.ofHours(5)), State.VERIFIED, true));
        // The oldest month of twelve: its newest backup of all, taken when that month ended.
        assertThat(kept.stream().map(Backup::createdAt).filter(t -> t.isBefore(last.minus(Duration.ofDays(300)))))
                .hasSizeGreaterThanOrEqualTo(2);
        assertThat(prune(kept)).isEqualTo(kept);
    }

    @Test
    void BAK_07_theNewestVerifiedOne_isNeverRemoved_whateverFailedSince() {
        Random random = new Random(7);
        List<Backup> kept = new ArrayList<>();
        Instant newest = null;
        for (int i = 0; i < 2000; i++) {
            Instant time = FIRST.plus(Duration.ofMinutes(37L * i));
            State state = random.nextInt(20) == 0 && i < 1500 ? State.VERIFIED : State.FAILED;
            newest = state == State.VERIFIED ? time : newest;
            kept.add(backup(time, state, false));
            kept = prune(kept);
            if (newest != null) {
                assertThat(kept).contains(backup(newest, State.VERIFIED, false));
            }
            assertThat(kept.stream().filter(b -> !b.isVerified())).hasSizeLessThanOrEqualTo(3);
        }
    }

    @Test
    void reasons_areSaid() {
        Backup only = backup(FIRST, State.VERIFIED, true);
        assertThat(Retention.kept(List.of(only)))
                .containsEntry(only, "last 3, newest verified, hourly, daily, weekly, monthly, pinned");
    }
}
