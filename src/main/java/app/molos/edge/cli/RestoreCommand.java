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

@Command(
        name = "restore",
        description = "Put one in the place of the database, whose edge is stopped; what is there is backed up first.")
final class RestoreCommand implements Callable<Integer> {
    private static final int REFUSED = 7;

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

    RestoreCommand(Commands commands) {
        this.commands = commands;
    }

    @Override
    public Integer call() {
        if (isUndo == (file != null)) {
            throw new CommandLine.ParameterException(new CommandLine(this), "Name a FILE, or say --undo.");
        }
        if (isUndo) {
            return isMeant || commands.restores().isUndoMeant(isJson)
                    ? commands.restores().undo(isJson)
                    : REFUSED;
        }
        Path archive = file == null ? Path.of("") : file;
        if (!isMeant && !commands.restores().isMeant(archive, isJson)) {
            return REFUSED;
        }
        return commands.restores().restore(archive, Optional.ofNullable(identity), keepsSessions, fromAnother, isJson);
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
            return commands.restores().verify(file, Optional.ofNullable(identity), isJson);
        }
    }

    @Command(
            name = "drill",
            description =
                    "Restore one in an empty directory, start an edge there and sign in, and say how long that took.")
    static final class Drill implements Callable<Integer> {
        private final Commands commands;

        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "FILE",
                description = "The archive; the newest verified one, if none is named.")
        private @Nullable Path file;

        @Option(names = "--identity", paramLabel = "FILE", description = "The key that opens it, if it is encrypted.")
        private @Nullable Path identity;

        @Option(
                names = "--cookie",
                paramLabel = "FILE",
                description = "What a browser that was signed in sends: does it still count?")
        private @Nullable Path cookie;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Drill(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.restores()
                    .drill(
                            Optional.ofNullable(file),
                            Optional.ofNullable(identity),
                            Optional.ofNullable(cookie),
                            isJson);
        }
    }
}
