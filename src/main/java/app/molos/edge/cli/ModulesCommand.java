package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "modules", description = "The modules behind the door.")
final class ModulesCommand extends CommandGroup {
    private ModulesCommand() {}

    static CommandLine line(Commands commands) {
        return new CommandLine(new ModulesCommand())
                .addSubcommand(new ListModules(commands))
                .addSubcommand(new Check(commands))
                .addSubcommand(new Fetch(commands))
                .addSubcommand(new Verify(commands))
                .addSubcommand(new Update(commands))
                .addSubcommand(new Remove(commands))
                .addSubcommand(new Reload(commands));
    }

    @Command(name = "list", description = "The modules, which code they are, and whether it is here.")
    static final class ListModules implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        ListModules(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.modules().list(isJson);
        }
    }

    @Command(name = "remove", description = "Take a module out of the list and the lock.")
    static final class Remove implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "ID", description = "The module.")
        private String id = "";

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Remove(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.modules().remove(id, isJson);
        }
    }

    @Command(name = "check", description = "Show every problem of the module list, or the list.")
    static final class Check implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Check(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.modules().check(isJson);
        }
    }

    @Command(name = "fetch", description = "Bring the code of the modules here and lock what is not locked yet.")
    static final class Fetch implements Callable<Integer> {
        private final Commands commands;

        @Option(
                names = "--print-lock",
                description = "Print the lock instead of writing it, for a folder that cannot be written from here.")
        private boolean isLockPrinted;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Fetch(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.modules().fetch(isLockPrinted, isJson);
        }
    }

    @Command(name = "verify", description = "Compare the modules with the lock, and their tags with the repositories.")
    static final class Verify implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Verify(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.modules().verify(isJson);
        }
    }

    @Command(name = "reload", description = "Have the running edge apply what the module list says now.")
    static final class Reload implements Callable<Integer> {
        private final Commands commands;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Reload(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.modules().reload(isJson);
        }
    }

    @Command(name = "update", description = "Move a module to another tag: fetch it, lock it, write it into the list.")
    static final class Update implements Callable<Integer> {
        private final Commands commands;

        @Parameters(index = "0", paramLabel = "ID", description = "The module.")
        private String id = "";

        @Parameters(index = "1", paramLabel = "TAG", description = "Where it goes: v1.1.0")
        private String tag = "";

        @Option(names = "--plan", description = "Only show what would change.")
        private boolean isPlan;

        @Option(names = "--json", description = "For scripts.")
        private boolean isJson;

        Update(Commands commands) {
            this.commands = commands;
        }

        @Override
        public Integer call() {
            return commands.modules().update(id, tag, isPlan, isJson);
        }
    }
}
