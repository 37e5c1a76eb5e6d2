package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "drain",
        description =
                "Take the running edge out of its balancers: not ready, still serving, until it is cancelled or stopped.")
final class DrainCommand implements Callable<Integer> {
    private final Commands commands;

    @Option(names = "--cancel", description = "Put it back.")
    private boolean isCancel;

    @Option(names = "--json", description = "For scripts.")
    private boolean isJson;

    DrainCommand(Commands commands) {
        this.commands = commands;
    }

    @Override
    public Integer call() {
        return commands.node().drain(isCancel, isJson);
    }
}
