package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "user",
        description = "People and their accounts, on the database: works with or without a running edge.")
final class UserCommand extends CommandGroup {
    private UserCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new UserCommand())
                .addSubcommand(new ListUsers(commands))
                .addSubcommand(new Create(commands))
                .addSubcommand(new SetRole(commands))
                .addSubcommand(new SetPassword(commands))
                .addSubcommand(new Ban(commands))
                .addSubcommand(new Unban(commands))
                .addSubcommand(new Remove(commands))
                .addSubcommand(new Invite(commands))
                .addSubcommand(new SetupToken(commands));
    }

    /** A command of one's own with the option that all have. */
    private abstract static class Action implements Callable<Integer> {
        final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        boolean isJson;

        @Spec
        @Nullable
        CommandSpec spec;

        Action(Commands commands) {
            this.commands = commands;
        }

        String password() {
            try {
                return PasswordPrompt.read();
            } catch (IllegalArgumentException e) {
                throw usage(String.valueOf(e.getMessage()));
            }
        }

        CommandLine.ParameterException usage(String message) {
            return new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(), message);
        }
    }

    /** About one user. */
    private abstract static class UserAction extends Action {
        @Parameters(index = "0", paramLabel = "WHO", description = "The e-mail address, or the id.")
        String who = "";

        UserAction(Commands commands) {
            super(commands);
        }
    }

    @Command(name = "list", description = "Everybody, or those whose address has a text in it.")
    static final class ListUsers extends Action {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "TEXT",
                defaultValue = "",
                description = "Part of an address.")
        String search = "";

        ListUsers(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            return commands.users().list(search, isJson);
        }
    }

    @Command(name = "create", description = "Make an account; the password is asked for, or read from standard input.")
    static final class Create extends Action {
        @Parameters(index = "0", paramLabel = "EMAIL", description = "The e-mail address.")
        String email = "";

        @Option(names = "--name", paramLabel = "NAME", description = "What they are called; the address when left out.")
        String name = "";

        @Option(names = "--role", paramLabel = "ROLE", defaultValue = "user", description = "user or admin.")
        String role = "user";

        @Option(names = "--no-password", description = "They cannot sign in until they get one.")
        boolean hasNoPassword;

        Create(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            return commands.users()
                    .create(email, name.isEmpty() ? email : name, role, hasNoPassword ? null : password(), isJson);
        }
    }

    @Command(name = "set-role", description = "Make somebody an admin, or not one any more.")
    static final class SetRole extends UserAction {
        @Parameters(index = "1", paramLabel = "ROLE", description = "user or admin.")
        String role = "";

        SetRole(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            return commands.users().setRole(who, role, isJson);
        }
    }

    @Command(name = "set-password", description = "Give somebody a new password; all their sessions end.")
    static final class SetPassword extends UserAction {
        SetPassword(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            return commands.users().setPassword(who, password(), isJson);
        }
    }

    @Command(name = "ban", description = "Keep somebody out; all their sessions end.")
    static final class Ban extends UserAction {
        @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for those who look it up.")
        @Nullable
        String reason;

        @Option(names = "--days", paramLabel = "N", description = "The ban ends by itself after so many days.")
        @Nullable
        Integer days;

        Ban(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            if (days != null && (days < 1 || days > 36_500)) {
                throw usage("--days is a number from 1 to 36500.");
            }
            return commands.users().ban(who, reason, days == null ? null : Duration.ofDays(days), isJson);
        }
    }

    @Command(name = "unban", description = "Let somebody in again.")
    static final class Unban extends UserAction {
        Unban(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            return commands.users().unban(who, isJson);
        }
    }

    @Command(name = "remove", description = "Delete an account for good.")
    static final class Remove extends UserAction {
        @Option(names = "--yes", description = "Really; there is no way back.")
        boolean isSure;

        Remove(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            if (!isSure) {
                throw usage("There is no way back: add --yes.");
            }
            return commands.users().remove(who, isJson);
        }
    }

    @Command(name = "invite", description = "A link to sign up with, while auth.signUp is invite.")
    static final class Invite extends Action {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "EMAIL",
                defaultValue = "",
                description = "Who may use it; anybody when left out.")
        String email = "";

        Invite(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            return commands.users().invite(email, isJson);
        }
    }

    @Command(name = "setup-token", description = "Another token for the first user of an edge that nobody owns yet.")
    static final class SetupToken extends Action {
        SetupToken(Commands commands) {
            super(commands);
        }

        @Override
        public Integer call() {
            return commands.users().setupToken(isJson);
        }
    }
}
