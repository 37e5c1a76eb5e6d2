package app.molos.edge.boot;

import app.molos.edge.auth.SetupToken;
import app.molos.edge.csp.CspReports;
import app.molos.edge.db.Database;
import app.molos.edge.health.HealthService;
import app.molos.edge.http.PublicServer;
import app.molos.edge.http.RedirectListener;
import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.modules.reload.ModuleReload;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.ratelimit.GuessDelay;
import app.molos.edge.ratelimit.GuessJournal;
import app.molos.edge.tls.CertificateWatch;
import app.molos.edge.users.UserStore;
import io.vertx.core.Future;
import java.util.Optional;

/** Everything that serves and that {@link Boot} starts, asks or closes. Made by {@link Wiring}. */
record Components(
        Database database,
        Accounts accounts,
        Sweeper sweeper,
        Modules modules,
        HealthService health,
        Doors doors,
        Backups backups,
        Drain drain) {
    record Accounts(
            UserStore users, PasswordHasher hasher, SetupToken setupToken, Optional<MailQueue> mail, Defence defence) {}

    /** What is held against strangers, and outlives a restart: wrong passwords and bans. */
    record Defence(GuessJournal journal, GuessDelay guesses, IntrusionService intrusion, Optional<Cluster> cluster) {
        Future<Void> start() {
            return journal.start(guesses).compose(v -> intrusion.start());
        }

        /** Never fails: without the others a node counts by itself. */
        Future<Void> join() {
            return cluster.map(Cluster::start).orElseGet(Future::succeededFuture);
        }

        /** Never fails. */
        Future<Void> close() {
            return journal.close()
                    .compose(v -> intrusion.close())
                    .compose(v -> cluster.map(Cluster::close).orElseGet(Future::succeededFuture));
        }

        Future<Void> sweep() {
            return journal.sweep().compose(v -> intrusion.sweep());
        }
    }

    /** The public listener, and what stands beside it when it speaks TLS. */
    record Doors(PublicServer listener, Optional<RedirectListener> redirect, Optional<CertificateWatch> certificates) {}

    PublicServer listener() {
        return doors.listener();
    }

    record Modules(LiveModules live, ModuleProber prober, ModuleReload reload, CspReports reports) {}
}
