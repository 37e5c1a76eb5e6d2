package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "migrate", description = "The database's migrations.")
final class MigrateCommand extends CommandGroup {
    private MigrateCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new MigrateCommand())
                .addSubcommand(new Plan(commands))
                .addSubcommand(new Apply(commands))
                .addSubcommand(new Status(commands))
                .addSubcommand(new New(commands))
                .addSubcommand(new Seal(commands))
                .addSubcommand(new Unseal(commands))
                .addSubcommand(new Generate(commands));
    }

    @Command(name = "plan", description = "Show what would run; writes nothing.")
    static final class Plan implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--fail-if-pending", description = "Exit with 6 when something would run.")
        private boolean failsIfPending;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Plan(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.migrate().plan(failsIfPending, isJson);
        }
    }

    @Command(name = "apply", description = "Migrate now, without serving.")
    static final class Apply implements Callable<Integer> {
        private final Commands commands;

        Apply(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.migrate().apply();
        }
    }

    @Command(name = "status", description = "Show applied and pending migrations.")
    static final class Status implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Status(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.migrate().status(isJson);
        }
    }

    @Command(
            name = "new",
            description = "Write an empty migration with its header into MIGRATIONS_DIR or ./migrations.")
    static final class New implements Callable<Integer> {
        private final Commands commands;

        @Parameters(paramLabel = "NAME", description = "What it does, in a few words: add_invitations")
        private String name = "";

        New(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.migrate().create(name);
        }
    }

    @Command(name = "seal", description = "Append reviewed migrations to migrations.lock, by name.")
    static final class Seal implements Callable<Integer> {
        private final Commands commands;

        @Parameters(arity = "1..*", paramLabel = "FILE", description = "V0042__add_invitations.sql")
        private List<String> files = List.of();

        @Option(names = "--reviewer", required = true, paramLabel = "NAME", description = "Who read the SQL.")
        private String reviewer = "";

        Seal(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.migrate().seal(files, reviewer);
        }
    }

    @Command(name = "unseal", description = "Take the last migration off the lock, if no database has it yet.")
    static final class Unseal implements Callable<Integer> {
        private final Commands commands;

        @Parameters(paramLabel = "FILE", description = "The last one: V0042__add_invitations.sql")
        private String file = "";

        Unseal(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.migrate().unseal(file);
        }
    }

    @Command(name = "generate", description = "Banned: explains how migrations are made here.")
    static final class Generate implements Callable<Integer> {
        private final Commands commands;

        Generate(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.migrate().generate();
        }
    }
}
