package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "check", description = "Try what a start would do first, and show everything that is wrong at once.")
final class CheckCommand implements Callable<Integer> {
    private final Commands commands;

    @Option(names = "--offline", description = "Leave out what needs a connection: the database and the repositories.")
    private boolean isOffline;

    @Option(names = "--json", description = "For scripts.")
    private boolean isJson;

    CheckCommand(Commands commands) {
        this.commands = commands;
    }

    @Override
    public Integer call() {
        return commands.check(isOffline, isJson);
    }
}
