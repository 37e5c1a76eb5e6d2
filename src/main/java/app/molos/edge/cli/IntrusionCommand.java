package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "intrusion", description = "The scenarios by which attacks are known.")
final class IntrusionCommand extends CommandGroup {
    private IntrusionCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new IntrusionCommand())
                .addSubcommand(new Check(commands))
                .addSubcommand(new Reload(commands))
                .addSubcommand(new Replay(commands));
    }

    @Command(name = "check", description = "Every scenario, and every fault of the file at once.")
    static final class Check implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Check(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.intrusion().check(isJson);
        }
    }

    @Command(
            name = "reload",
            description = "Have the running edge go by what the file says now; with faults, by what it said.")
    static final class Reload implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Reload(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.intrusion().reload(isJson);
        }
    }

    @Command(name = "replay", description = "Whom the scenarios would have banned, by an access log; nobody is banned.")
    static final class Replay implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--log", required = true, paramLabel = "FILE", description = "An access log of the edge.")
        private Path log = Path.of("");

        @Option(names = "--scenarios", paramLabel = "FILE", description = "Instead of INTRUSION_SCENARIOS.")
        private @Nullable Path scenarios;

        @Option(names = "--enforce", description = "As if every scenario banned that is not off.")
        private boolean isEnforcing;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Replay(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.intrusion().replay(log, Optional.ofNullable(scenarios), isEnforcing, isJson);
        }
    }
}
