package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "database", description = "The database that everything is in.")
final class DatabaseCommand extends CommandGroup {
    private DatabaseCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new DatabaseCommand())
                .addSubcommand(new Move(commands))
                .addSubcommand(new Unmark(commands));
    }

    @Command(
            name = "move",
            description =
                    "Move everything to another, empty database, from SQLite to PostgreSQL or back; the edge is stopped.")
    static final class Move implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--to", required = true, paramLabel = "URL", description = "As DATABASE_URL has it.")
        private String to = "";

        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                description = "Its password, which others could read off a command line.")
        private @Nullable Path passwordFile;

        @Option(names = "--dry-run", description = "Only look whether it could be done.")
        private boolean isDryRun;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Move(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.databases().move(to, Optional.ofNullable(passwordFile), isDryRun, isJson);
        }
    }

    @Command(name = "unmark", description = "Have one served again that was moved away.")
    static final class Unmark implements Callable<Integer> {
        private final Commands commands;

        Unmark(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.databases().unmark();
        }
    }
}
