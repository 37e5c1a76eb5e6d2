package app.molos.edge.cli;

import app.molos.edge.boot.Operator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "check", description = "Show every problem of the configuration and the module list at once.")
final class CheckCommand implements Callable<Integer> {
    private final Operator operator;

    @Option(names = "--json", description = "For scripts.")
    private boolean isJson;

    CheckCommand(Operator operator) {
        this.operator = operator;
    }

    @Override
    public Integer call() {
        return operator.check(isJson);
    }
}
