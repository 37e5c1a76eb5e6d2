package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "import", description = "Move over from somewhere else.")
final class ImportCommand extends CommandGroup {
    private ImportCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new ImportCommand()).addSubcommand(new Molos(commands));
    }

    @Command(
            name = "molos",
            description = "Take users, passwords and live sessions from a MoLOS; a second run changes nothing.")
    static final class Molos implements Callable<Integer> {
        private final Commands commands;

        @Option(
                names = "--from",
                required = true,
                paramLabel = "FILE",
                description = "MoLOS's SQLite file; it is only read.")
        private Path file = Path.of("");

        @Option(names = "--dry-run", description = "Try everything, write nothing, report.")
        private boolean isDryRun;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Molos(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.imports().molos(file, isDryRun, isJson);
        }
    }
}
