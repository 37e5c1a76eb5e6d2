package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "session", description = "Open sessions; what ends here is dead at a running edge within a second.")
final class SessionCommand extends CommandGroup {
    private SessionCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new SessionCommand())
                .addSubcommand(new ListSessions(commands))
                .addSubcommand(new Revoke(commands));
    }

    @Command(name = "list", description = "The sessions of one user.")
    static final class ListSessions implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "WHO", description = "The e-mail address, or the id.")
        private String who = "";

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        ListSessions(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.users().listSessions(who, isJson);
        }
    }

    @Command(name = "revoke", description = "End one session by its id, or with --user all of somebody's.")
    static final class Revoke implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "ID", description = "The session's id; with --user the e-mail address.")
        private String id = "";

        @Option(names = "--user", description = "All sessions of that user.")
        private boolean isUser;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Revoke(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return isUser
                    ? commands.users().revokeSessionsOf(id, isJson)
                    : commands.users().revokeSession(id, isJson);
        }
    }
}
