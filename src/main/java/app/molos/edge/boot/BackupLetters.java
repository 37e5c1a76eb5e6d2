package app.molos.edge.boot;

import app.molos.edge.backup.Schedule;
import app.molos.edge.backup.ScheduledBackups.Standing;
import app.molos.edge.mail.Mail;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.Origin;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the administrators when backups are missing, again after each interval while they are, and once when there is one
 * again. Told by one thread at a
 * time.
 */
final class BackupLetters {
    private static final Logger LOG = LoggerFactory.getLogger(BackupLetters.class);
    private static final Duration SELDOM = Duration.ofDays(1);

    private final UserStore users;
    private final Optional<MailQueue> mail;
    private final Origin site;
    private final Duration pause;
    private final Clock clock;
    /** The last letter that was bad news; one that comes and goes is told once in a while. */
    private volatile @Nullable Instant written;

    private boolean isBad;

    BackupLetters(UserStore users, Optional<MailQueue> mail, Origin site, Schedule schedule, Clock clock) {
        this.users = users;
        this.mail = mail;
        this.site = site;
        this.pause = schedule.interval().compareTo(SELDOM) < 0 ? SELDOM : schedule.interval();
        this.clock = clock;
    }

    void told(Standing standing) {
        Instant now = clock.instant();
        Instant last = written;
        if (last != null && last.isAfter(now)) {
            // The clock was ahead.
            last = null;
        }
        if (standing.isGood() && isBad) {
            isBad = false;
            write("Backups are made again at " + site, "There is a backup of " + site + " again that was verified.");
        } else if (!standing.isGood() && (last == null || last.plus(pause).isBefore(now))) {
            written = now;
            isBad = true;
            write(
                    "No backup at " + site,
                    standing.problem() + System.lineSeparator() + System.lineSeparator()
                            + "The edge of " + site + " goes on serving, and tries again by itself. Its log says more;"
                            + " `backup create` on its machine makes one at once, `backup list` shows those that there are."
                            + System.lineSeparator());
        }
    }

    private void write(String subject, String text) {
        mail.ifPresent(queue -> users.administrators(clock.instant())
                .onSuccess(all -> {
                    all.stream()
                            .map(UserRecord::email)
                            .forEach(address -> queue.send(new Mail(address, subject, text)));
                    if (all.isEmpty()) {
                        // Nobody was told.
                        written = null;
                    }
                })
                .onFailure(e -> {
                    written = null;
                    LOG.warn("Administrators were not written to about backups: {}", e.toString());
                }));
    }
}
