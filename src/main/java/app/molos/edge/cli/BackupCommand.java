package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "backup", description = "Backups of the database: each is restored once before it counts.")
final class BackupCommand extends CommandGroup {
    private static final int REFUSED = 7;

    private BackupCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new BackupCommand())
                .addSubcommand(new Create(commands))
                .addSubcommand(new ListBackups(commands))
                .addSubcommand(new Verify(commands))
                .addSubcommand(new Restore(commands))
                .addSubcommand(new Keygen(commands));
    }

    @Command(name = "create", description = "Make one now, beside a running edge or without one.")
    static final class Create implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Create(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.backups().create(isJson);
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

    @Command(name = "verify", description = "Read one to its end, and say what is in it.")
    static final class Verify implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "FILE", description = "The archive.")
        private Path file = Path.of("");

        @Option(names = "--identity", paramLabel = "FILE", description = "The key that opens it, if it is encrypted.")
        private @Nullable Path identity;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Verify(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.backups().verify(file, Optional.ofNullable(identity), isJson);
        }
    }

    @Command(
            name = "restore",
            description =
                    "Put one in the place of the database, whose edge is stopped; what is there is backed up first.")
    static final class Restore implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "The archive.")
        private @Nullable Path file;

        @Option(names = "--identity", paramLabel = "FILE", description = "The key that opens it, if it is encrypted.")
        private @Nullable Path identity;

        @Option(names = "--keep-sessions", description = "People stay signed in who were at the time.")
        private boolean keepsSessions;

        @Option(names = "--from-another", description = "It may be of another installation.")
        private boolean fromAnother;

        @Option(names = "--undo", description = "Take the last restore back instead.")
        private boolean isUndo;

        @Option(names = "--yes", description = "Ask nothing.")
        private boolean isMeant;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Restore(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            if (isUndo == (file != null)) {
                throw new CommandLine.ParameterException(new CommandLine(this), "Name a FILE, or say --undo.");
            }
            if (isUndo) {
                return commands.backups().undo();
            }
            Path archive = file == null ? Path.of("") : file;
            return isMeant || commands.backups().isMeant(archive)
                    ? commands.backups()
                            .restore(archive, Optional.ofNullable(identity), keepsSessions, fromAnother, isJson)
                    : Integer.valueOf(REFUSED);
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
