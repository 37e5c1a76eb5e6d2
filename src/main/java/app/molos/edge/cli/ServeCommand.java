package app.molos.edge.cli;

import app.molos.edge.boot.Operator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "serve", description = "Check, migrate, open the doors (the default).")
final class ServeCommand implements Callable<Integer> {
    private final Operator operator;

    ServeCommand(Operator operator) {
        this.operator = operator;
    }

    @Override
    public Integer call() {
        return operator.serve();
    }
}
