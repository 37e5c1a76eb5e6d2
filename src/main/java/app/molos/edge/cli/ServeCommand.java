package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "serve", description = "Check, migrate, open the doors (the default).")
final class ServeCommand implements Callable<Integer> {
    private final Commands commands;

    ServeCommand(Commands commands) {
        this.commands = commands;
    }

    @Override
    public Integer call() {
        return commands.serve();
    }
}
