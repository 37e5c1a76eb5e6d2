package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "health",
        description = "How the running edge is: every check, and what changed last. Exit 0 when ready, 1 when not.")
final class HealthCommand implements Callable<Integer> {
    private final Commands commands;

    @Option(names = "--watch", description = "Show each change as it comes, until it is interrupted.")
    private boolean isWatch;

    @Option(names = "--json", description = "For scripts; with --watch a line for each change.")
    private boolean isJson;

    HealthCommand(Commands commands) {
        this.commands = commands;
    }

    @Override
    public Integer call() {
        return isWatch ? commands.node().watch(isJson) : commands.node().health(isJson);
    }
}
