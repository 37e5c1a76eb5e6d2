package app.molos.edge.boot;

import app.molos.edge.backup.Backup;
import app.molos.edge.backup.BackupMaker;
import app.molos.edge.backup.ScheduledBackups;
import app.molos.edge.backup.ScheduledBackups.Standing;
import app.molos.edge.health.HealthCheck;
import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthCheck.Scope;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.users.UserStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Backups as a running edge makes them, and who is told how that goes. */
public record Backups(EdgeConfig config, Optional<ScheduledBackups> schedule) {
    static Backups of(Vertx vertx, EdgeConfig config, UserStore users, Optional<MailQueue> mail, Clock clock) {
        if (!config.lifecycle().backup().timing().schedule().isOn()) {
            return new Backups(config, Optional.empty());
        }
        BackupLetters letters = new BackupLetters(
                users,
                mail,
                config.site().origin(),
                config.lifecycle().backup().timing().schedule(),
                clock);
        return new Backups(
                config,
                Optional.of(new ScheduledBackups(
                        vertx,
                        config.lifecycle().backup(),
                        maker(config, RestoredStores.in(vertx)),
                        new SettingsFiles(config)::read,
                        letters::told,
                        clock)));
    }

    /** Returns what makes one, for a command. */
    public static BackupMaker maker(EdgeConfig config) {
        return maker(config, RestoredStores.alone());
    }

    private static BackupMaker maker(EdgeConfig config, RestoredStores stores) {
        return new BackupMaker(
                config.database(), config.lifecycle().backup(), Version.current(), stores, Clock.systemUTC());
    }

    /** That of a schedule; without one nobody is told that backups are missing. */
    Optional<HealthCheck> check() {
        return schedule.map(backups -> new HealthCheck(
                "backup",
                Kind.DEGRADING,
                Scope.LOCAL,
                config.lifecycle().health().slow(),
                () -> Future.succeededFuture(state(backups.standing()))));
    }

    private static State state(Standing standing) {
        return standing.isGood() ? State.UP : State.degraded("backup_missing", standing.problem());
    }

    void measure(MeterRegistry meters) {
        schedule.ifPresent(backups -> {
            gauge(
                    meters,
                    "edge_backup_timestamp_seconds",
                    "The last moment, in seconds since 1970, that a verified backup has",
                    backups,
                    backup -> backup.asOf().toEpochMilli() / 1e3);
            gauge(
                    meters,
                    "edge_backup_size_bytes",
                    "What the newest verified backup takes on the disk",
                    backups,
                    Backup::size);
        });
    }

    private static void gauge(
            MeterRegistry meters,
            String name,
            String description,
            ScheduledBackups backups,
            ToDoubleFunction<Backup> value) {
        Gauge.builder(name, () -> {
                    Backup newest = backups.standing().newest();
                    return newest == null ? Double.NaN : value.applyAsDouble(newest);
                })
                .description(description)
                .register(meters);
    }
}
