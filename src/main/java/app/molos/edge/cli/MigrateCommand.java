package app.molos.edge.cli;

import app.molos.edge.boot.Commands;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine;

@Command(name = "migrate", description = "The database's migrations.")
final class MigrateCommand extends CommandGroup {
    private MigrateCommand() {}

    static CommandLine line(Commands operator) {
        return new CommandLine(new MigrateCommand())
                .addSubcommand(new Plan(operator))
                .addSubcommand(new Apply(operator))
                .addSubcommand(new Status(operator))
                .addSubcommand(new New(operator))
                .addSubcommand(new Seal(operator))
                .addSubcommand(new Unseal(operator))
                .addSubcommand(new Generate(operator));
    }

    @Command(name = "plan", description = "Show what would run; writes nothing.")
    static final class Plan implements Callable<Integer> {
        private final Commands operator;

        @Option(names = "--fail-if-pending", description = "Exit with 6 when something would run.")
        private boolean failsIfPending;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Plan(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.migrate().plan(failsIfPending, isJson);
        }
    }

    @Command(name = "apply", description = "Migrate now, without serving.")
    static final class Apply implements Callable<Integer> {
        private final Commands operator;

        Apply(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.migrate().apply();
        }
    }

    @Command(name = "status", description = "Show applied and pending migrations.")
    static final class Status implements Callable<Integer> {
        private final Commands operator;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Status(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.migrate().status(isJson);
        }
    }

    @Command(name = "new", description = "Write an empty migration with its header into MIGRATIONS_DIR or ./migrations.")
    static final class New implements Callable<Integer> {
        private final Commands operator;

        @Parameters(paramLabel = "NAME", description = "What it does, in a few words: add_invitations")
        private String name = "";

        New(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.migrate().create(name);
        }
    }

    @Command(name = "seal", description = "Append reviewed migrations to migrations.lock, by name.")
    static final class Seal implements Callable<Integer> {
        private final Commands operator;

        @Parameters(arity = "1..*", paramLabel = "FILE", description = "V0042__add_invitations.sql")
        private List<String> files = List.of();

        @Option(names = "--reviewer", required = true, paramLabel = "NAME", description = "Who read the SQL.")
        private String reviewer = "";

        Seal(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.migrate().seal(files, reviewer);
        }
    }

    @Command(name = "unseal", description = "Take the last migration off the lock, if no database has it yet.")
    static final class Unseal implements Callable<Integer> {
        private final Commands operator;

        @Parameters(paramLabel = "FILE", description = "The last one: V0042__add_invitations.sql")
        private String file = "";

        Unseal(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.migrate().unseal(file);
        }
    }

    @Command(name = "generate", description = "Banned: explains how migrations are made here.")
    static final class Generate implements Callable<Integer> {
        private final Commands operator;

        Generate(Commands operator) {
            this.operator = operator;
        }

        @Override
        public Integer call() {
            return operator.migrate().generate();
        }
    }
}
