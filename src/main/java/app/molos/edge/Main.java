package app.molos.edge;

import app.molos.edge.cli.EdgeCommand;
import app.molos.edge.cli.HealthProbe;
import app.molos.edge.commands.Terminal;

/** The table of contents: parse, load, check, start; one exit code per reason (see {@code config.ExitCode}). */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // A probe runs every few seconds; it must not pay for loading the rest.
        if (arguments.length == 1 && arguments[0].equals("healthcheck")) {
            System.exit(HealthProbe.run(System.getenv()));
        }
        System.exit(EdgeCommand.run(arguments, System.getenv(), Terminal.system()));
    }
}
