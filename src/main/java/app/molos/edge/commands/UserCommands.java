package app.molos.edge.commands;

import app.molos.edge.auth.AdminService;
import app.molos.edge.boot.Announcements;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.OfflineServices;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.session.Actor;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionRecord;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserQuery;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.StorableText;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operations behind {@code user} and {@code session}: on the database, with or without a running edge. */
public final class UserCommands {
    private static final int PAGE = 500;

    private final Map<String, String> environment;
    private final Terminal terminal;

    UserCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    public int list(String search, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            List<UserRecord> users = offline(parts -> page(parts.admin(), search, new ArrayList<>()));
            if (isJson) {
                JsonArray array = new JsonArray();
                users.forEach(user -> array.add(SessionJson.user(user)));
                terminal.print(array.encodePrettily());
            } else if (users.isEmpty()) {
                terminal.print(search.isEmpty() ? "There are no users yet." : "Nobody matches " + search + ".");
            } else {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("E-mail", "Name", "Role", "State", "Since", "Id"));
                users.forEach(u -> rows.add(List.of(
                        u.email(), Terminal.printable(u.name()), u.role(), state(u), time(u.createdAt()), u.id())));
                terminal.table(rows);
            }
            return ExitCode.OK;
        });
    }

    /**
     * Makes a user.
     *
     * @param password null for a user who cannot sign in until they get one
     */
    public int create(String email, String name, String role, @Nullable String password, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            requireRole(role);
            if (!EmailAddress.is(email) || !StorableText.is(name) || name.length() > UserRecord.MAX_NAME) {
                throw new Refusal(ExitCode.USAGE, "\"" + email + "\" is no e-mail address, or the name is too long.");
            }
            UserRecord user = offline(parts -> parts.admin()
                    .create(
                            Actor.OPERATOR,
                            new AdminService.NewUser(
                                    name, EmailAddress.normalized(email), password, role, new UserChange())));
            return report(user, isJson, "Made " + user.email() + " (" + user.role() + ").");
        });
    }

    public int setRole(String who, String role, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            requireRole(role);
            UserRecord user = change(
                    who,
                    parts -> found -> parts.admin().update(Actor.OPERATOR, found.id(), new UserChange().role(role)));
            return report(user, isJson, user.email() + " is " + user.role() + " now.");
        });
    }

    public int setPassword(String who, String password, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            UserRecord user = change(
                    who,
                    parts -> found -> parts.admin()
                            .setPassword(Actor.OPERATOR, found.id(), null, password)
                            .map(found));
            return report(user, isJson, user.email() + " has a new password. All their sessions have ended.");
        });
    }

    /**
     * Bans a user and ends their sessions.
     *
     * @param life null for a ban that does not end by itself
     */
    public int ban(String who, @Nullable String reason, @Nullable Duration life, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            UserRecord user =
                    change(who, parts -> found -> parts.admin().ban(Actor.OPERATOR, found.id(), reason, life));
            Instant end = user.banExpires();
            return report(
                    user,
                    isJson,
                    user.email() + " is banned" + (end == null ? "" : " until " + time(end))
                            + ". All their sessions have ended.");
        });
    }

    public int unban(String who, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            UserRecord user = change(
                    who, parts -> found -> parts.admin().update(Actor.OPERATOR, found.id(), new UserChange().unban()));
            return report(user, isJson, user.email() + " is not banned any more.");
        });
    }

    public int remove(String who, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            UserRecord user = change(
                    who,
                    parts -> found ->
                            parts.admin().remove(Actor.OPERATOR, found.id()).map(found));
            return report(user, isJson, "Removed " + user.email() + ", with password and sessions.");
        });
    }

    /**
     * Prints a link that one person may sign up with.
     *
     * @param email who may use the invitation; empty for anybody
     */
    public int invite(String email, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            if (!email.isEmpty() && !EmailAddress.is(email)) {
                throw new Refusal(ExitCode.USAGE, "\"" + email + "\" is no e-mail address.");
            }
            EdgeConfig config = EdgeConfig.read(environment);
            String link = offline(parts -> parts.invitations().make(EmailAddress.normalized(email)));
            terminal.print(
                    isJson
                            ? new JsonObject()
                                    .put("link", link)
                                    .put("email", email.isEmpty() ? null : email)
                                    .encodePrettily()
                            : "Good once, for "
                                    + config.accounts().auth().inviteLife().toHours() + " h"
                                    + (email.isEmpty() ? "" : ", for " + email) + ":" + System.lineSeparator() + "    "
                                    + link);
            return ExitCode.OK;
        });
    }

    /** Another setup token; what there was is then good for nothing. */
    public int setupToken(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            String token = offline(parts -> parts.users()
                    .hasOwner()
                    .compose(hasOwner -> hasOwner
                            ? Future.failedFuture(new Refusal(
                                    ExitCode.REFUSED, "This edge has an owner: nobody needs a setup token any more."))
                            : parts.setupToken().replace()));
            terminal.print(
                    isJson
                            ? new JsonObject()
                                    .put("token", token)
                                    .put("page", config.site().origin() + EdgePaths.WELCOME)
                                    .encodePrettily()
                            : Announcements.setup(
                                            config.site().origin(),
                                            token,
                                            config.accounts().auth().setupTokenLife())
                                    .strip());
            return ExitCode.OK;
        });
    }

    public int listSessions(String who, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            List<SessionRecord> sessions = offline(parts ->
                    parts.admin().find(who).compose(user -> parts.sessions().list(user.id())));
            if (isJson) {
                JsonArray array = new JsonArray();
                sessions.forEach(s -> {
                    JsonObject json = SessionJson.session(s, s.id());
                    json.remove("token");
                    array.add(json);
                });
                terminal.print(array.encodePrettily());
            } else if (sessions.isEmpty()) {
                terminal.print("No session is open.");
            } else {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("Id", "Since", "Last used", "Ends", "From", "With"));
                sessions.forEach(s -> rows.add(List.of(
                        s.id(),
                        time(s.createdAt()),
                        time(s.updatedAt()),
                        time(s.expiresAt()),
                        s.ipAddress(),
                        Terminal.printable(s.userAgent()))));
                terminal.table(rows);
            }
            return ExitCode.OK;
        });
    }

    public int revokeSession(String id, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            offline(parts -> parts.admin().endSession(Actor.OPERATOR, id));
            terminal.print(isJson ? new JsonObject().put("ended", id).encodePrettily() : "The session has ended.");
            return ExitCode.OK;
        });
    }

    public int revokeSessionsOf(String who, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            UserRecord user = change(
                    who,
                    parts -> found -> parts.admin()
                            .endSessions(Actor.OPERATOR, found.id())
                            .map(found));
            return report(user, isJson, "All sessions of " + user.email() + " have ended.");
        });
    }

    private ExitCode report(UserRecord user, boolean isJson, String text) {
        terminal.print(isJson ? SessionJson.user(user).encodePrettily() : text);
        return ExitCode.OK;
    }

    private <T> T offline(Function<OfflineServices, Future<T>> work) {
        return OfflineServices.run(EdgeConfig.read(environment), work);
    }

    private UserRecord change(String who, Function<OfflineServices, Function<UserRecord, Future<UserRecord>>> work) {
        return offline(parts ->
                parts.admin().find(who).compose(found -> work.apply(parts).apply(found)));
    }

    private static Future<List<UserRecord>> page(AdminService admin, String search, List<UserRecord> all) {
        UserQuery query = new UserQuery(PAGE, all.size());
        if (!search.isEmpty()) {
            query.search("email", UserQuery.Match.CONTAINS, search);
        }
        return admin.list(query).map(UserStore.Page::users).compose(users -> {
            all.addAll(users);
            return users.size() < PAGE ? Future.succeededFuture(all) : page(admin, search, all);
        });
    }

    private static void requireRole(String role) {
        if (!UserRecord.isRole(role)) {
            throw new Refusal(
                    ExitCode.USAGE,
                    "\"" + role + "\" is no role: letters, digits, - and _, commas between several."
                            + System.lineSeparator() + "    admin administers; user is everybody else");
        }
    }

    private static String state(UserRecord user) {
        Instant end = user.banExpires();
        return !user.isBannedAt(Instant.now()) ? "-" : end == null ? "banned" : "banned until " + time(end);
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MINUTES)
                .toString()
                .replace("T", " ")
                .replace(":00Z", "Z");
    }
}
