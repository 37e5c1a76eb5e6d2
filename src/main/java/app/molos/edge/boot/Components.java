package app.molos.edge.boot;

import app.molos.edge.auth.SetupToken;
import app.molos.edge.db.Database;
import app.molos.edge.health.HealthService;
import app.molos.edge.http.PublicServer;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.modules.reload.ModuleReload;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.users.UserStore;
import java.util.Optional;

/** Everything that serves and that {@link Boot} starts, asks or closes. Made by {@link Wiring}. */
record Components(
        Database database,
        Accounts accounts,
        Sweeper sweeper,
        Modules modules,
        HealthService health,
        PublicServer listener,
        Drain drain) {
    record Accounts(UserStore users, PasswordHasher hasher, SetupToken setupToken, Optional<MailQueue> mail) {}

    record Modules(LiveModules live, ModuleProber prober, ModuleReload reload) {}
}
