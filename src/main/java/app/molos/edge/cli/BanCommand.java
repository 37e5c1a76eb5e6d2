package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ban",
        description = "Who is kept out, and why; what is done here holds at a running edge within two seconds.")
final class BanCommand extends CommandGroup {
    private BanCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new BanCommand())
                .addSubcommand(new ListBans(commands))
                .addSubcommand(new Add(commands))
                .addSubcommand(new Remove(commands))
                .addSubcommand(new Explain(commands))
                .addSubcommand(new PardonAll(commands));
    }

    @Command(name = "list", description = "Who is banned now.")
    static final class ListBans implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        ListBans(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.bans().list(isJson);
        }
    }

    @Command(name = "add", description = "Ban an address; of IPv6 its whole /64.")
    static final class Add implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "ADDRESS", description = "203.0.113.7 or 2001:db8::1.")
        private String address = "";

        @Option(names = "--for", paramLabel = "TIME", description = "30m, 12h, 7d; 24h when nothing is said.")
        private String length = "24h";

        @Option(names = "--because", paramLabel = "TEXT", description = "Shown by explain.")
        private String cause = "an operator";

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Add(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            Duration time = ConfigReader.parseDuration(length)
                    .filter(d -> !d.isZero())
                    .orElseThrow(() -> new CommandLine.ParameterException(
                            new CommandLine(this), "\"" + length + "\" is not a number with ms, s, m, h or d."));
            return commands.bans().add(address, time, cause, isJson);
        }
    }

    @Command(name = "remove", description = "Take a ban back, and what it counts for the next one.")
    static final class Remove implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "WHO", description = "An address, a session, or a reference.")
        private String what = "";

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Remove(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.bans().remove(what, isJson);
        }
    }

    @Command(name = "explain", description = "What somebody is, or was, banned for: the requests that led to it.")
    static final class Explain implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "WHO", description = "An address, a session, or a reference.")
        private String what = "";

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Explain(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.bans().explain(what, isJson);
        }
    }

    @Command(name = "pardon-all", description = "Take every ban back.")
    static final class PardonAll implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        PardonAll(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.bans().pardonAll(isJson);
        }
    }
}
