package app.molos.edge.auth;

import app.molos.edge.db.Database;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.session.SessionService;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserStore;
import java.time.Clock;

/** The parts that every service of accounts works with. One each per process. */
public record AccountParts(
        Database database,
        UserStore users,
        SessionService sessions,
        VerificationStore verifications,
        PasswordHasher hasher,
        Ids ids,
        Clock clock) {}
