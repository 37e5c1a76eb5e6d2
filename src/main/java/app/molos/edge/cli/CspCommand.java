package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "csp", description = "What modules load, as browsers report it.")
final class CspCommand extends CommandGroup {
    private CspCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new CspCommand()).addSubcommand(new Suggest(commands));
    }

    @Command(
            name = "suggest",
            description = "The tightest Content-Security-Policy that allows what was reported to the running edge.")
    static final class Suggest implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "MODULE", description = "A module with csp: report-only, or enforce.")
        private String module = "";

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Suggest(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.csp().suggest(module, isJson);
        }
    }
}
