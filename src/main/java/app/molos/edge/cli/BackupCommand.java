package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "backup", description = "Backups of the database: each is restored once before it counts.")
final class BackupCommand extends CommandGroup {
    private BackupCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new BackupCommand())
                .addSubcommand(new Create(commands))
                .addSubcommand(new ListBackups(commands))
                .addSubcommand(new Show(commands))
                .addSubcommand(new RestoreCommand.Verify(commands))
                .addSubcommand(new RestoreCommand(commands))
                .addSubcommand(new RestoreCommand.Drill(commands))
                .addSubcommand(new Prune(commands))
                .addSubcommand(new Keygen(commands));
    }

    @Command(name = "create", description = "Make one now, beside a running edge or without one.")
    static final class Create implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--pin", description = "Keep it however old it gets.")
        private boolean isPinned;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Create(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.backups().create(isPinned, isJson);
        }
    }

    @Command(name = "list", description = "Those that there are, the newest first.")
    static final class ListBackups implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        ListBackups(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.backups().list(isJson);
        }
    }

    @Command(name = "show", description = "What is in one, by what was written down beside it.")
    static final class Show implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "ID", description = "Its id, or the name of its file.")
        private String id = "";

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Show(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.backups().show(id, isJson);
        }
    }

    @Command(
            name = "prune",
            description =
                    "Remove old ones; the last 3, 24 hourly, 7 daily, 4 weekly, 12 monthly and pinned ones stay, and the newest that is verified.")
    static final class Prune implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--dry-run", description = "Only say which.")
        private boolean isDryRun;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Prune(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.backups().prune(isDryRun, isJson);
        }
    }

    @Command(name = "keygen", description = "Make a key that backups are encrypted to, and print it once.")
    static final class Keygen implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Keygen(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.backups().keygen(isJson);
        }
    }
}
