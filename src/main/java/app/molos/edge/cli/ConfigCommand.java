package app.molos.edge.cli;

import app.molos.edge.boot.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "config", description = "The configuration as it is.")
final class ConfigCommand extends CommandGroup {
    private ConfigCommand() {}

    static CommandLine line(Commands operator) {
        return new CommandLine(new ConfigCommand()).addSubcommand(new Show(operator));
    }

    @Command(name = "show", description = "Every key with its value, where that was written, and the default; secrets are masked.")
    static final class Show implements Callable<Integer> {
        private final Commands operator;

        @Option(names = "--changed", description = "Only what was written somewhere.")
        private boolean isChangedOnly;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Show(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.showConfig(isChangedOnly, isJson);
        }
    }
}
