package app.molos.edge.cli;

import app.molos.edge.boot.Operator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine;

@Command(name = "modules", description = "The modules behind the door.")
final class ModulesCommand extends CommandGroup {
    private ModulesCommand() {}

    static CommandLine line(Operator operator) {
        return new CommandLine(new ModulesCommand()).addSubcommand(new Check(operator));
    }

    @Command(name = "check", description = "Show every problem of the module list, or the list.")
    static final class Check implements Callable<Integer> {
        private final Operator operator;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Check(Operator operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.modulesCheck(isJson);
        }
    }
}
