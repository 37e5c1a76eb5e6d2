package app.molos.edge.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Here for {@code --help} only: {@code Main} runs {@link HealthProbe} before any of this is loaded. */
@Command(
        name = "healthcheck",
        description = "Ask /readyz on MANAGEMENT_HOST:MANAGEMENT_PORT of the environment; exit 0 when ready, else 1.")
final class HealthcheckCommand implements Callable<Integer> {
    private final Map<String, String> environment;

    HealthcheckCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        return HealthProbe.run(environment);
    }
}
