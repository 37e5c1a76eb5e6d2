package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "config", description = "The configuration as it is.")
final class ConfigCommand extends CommandGroup {
    private ConfigCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new ConfigCommand())
                .addSubcommand(new Show(commands))
                .addSubcommand(new Reference(commands));
    }

    @Command(
            name = "show",
            description = "Every key with its value, where that was written, and the default; secrets are masked.")
    static final class Show implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--changed", description = "Only what was written somewhere.")
        private boolean isChangedOnly;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Show(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.config().show(isChangedOnly, isJson);
        }
    }

    @Command(name = "reference", description = "Every key that there is, with its default and meaning, in Markdown.")
    static final class Reference implements Callable<Integer> {
        private final Commands commands;

        Reference(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.config().reference();
        }
    }
}
