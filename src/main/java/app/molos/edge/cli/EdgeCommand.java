package app.molos.edge.cli;

import app.molos.edge.commands.Commands;
import app.molos.edge.commands.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command itself; without a subcommand it serves. */
@Command(
        name = "molos-edge",
        description = "One hardened front door for a modular, self-hosted app.",
        footer = {
            "",
            "Exit codes: 0 fine, 1 banned or unexpected, 2 configuration refused, 3 migration refused or failed,",
            "4 database unreachable or its lock not had, 5 port taken, 6 migrations pending, 7 operation refused,",
            "64 wrong usage, 70 ended itself: out of memory, or an event loop stood still."
        })
public final class EdgeCommand implements Callable<Integer> {
    private static final int USAGE = 64;

    private final Commands commands;

    @Option(names = "--sbom", description = "Print what this program is made of, as a CycloneDX document.")
    private boolean isSbom;

    private EdgeCommand(Commands commands) {
        this.commands = commands;
    }

    /** Parses, runs, and returns the exit code. */
    public static int run(String[] arguments, Map<String, String> environment, Terminal terminal) {
        Commands commands = new Commands(environment, terminal);
        CommandLine line = new CommandLine(new EdgeCommand(commands))
                .addSubcommand(new ServeCommand(commands))
                .addSubcommand(new CheckCommand(commands))
                .addSubcommand(ConfigCommand.line(commands))
                .addSubcommand(new HealthCommand(commands))
                .addSubcommand(new DrainCommand(commands))
                .addSubcommand(MigrateCommand.line(commands))
                .addSubcommand(ModulesCommand.line(commands))
                .addSubcommand(UserCommand.line(commands))
                .addSubcommand(SessionCommand.line(commands))
                .addSubcommand(BanCommand.line(commands))
                .addSubcommand(IntrusionCommand.line(commands))
                .addSubcommand(CspCommand.line(commands))
                .addSubcommand(ImportCommand.line(commands))
                .addSubcommand(BackupCommand.line(commands))
                .addSubcommand(DatabaseCommand.line(commands))
                .addSubcommand(new CompletionCommand(terminal))
                .addSubcommand(new HealthcheckCommand(environment));
        line.getCommandSpec().version("MoLOS Edge " + commands.version());
        addHelp(line, true);
        return line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(
                        terminal.isColoured() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
                .setParameterExceptionHandler(EdgeCommand::refuseUsage)
                .execute(arguments);
    }

    @Override
    public Integer call() {
        return isSbom ? commands.sbom() : commands.serve();
    }

    private static void addHelp(CommandLine line, boolean hasVersion) {
        line.getCommandSpec()
                .addOption(picocli.CommandLine.Model.OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help.")
                        .build());
        if (hasVersion) {
            line.getCommandSpec()
                    .addOption(picocli.CommandLine.Model.OptionSpec.builder("-V", "--version")
                            .versionHelp(true)
                            .description("Show the version.")
                            .build());
        }
        line.getSubcommands().values().forEach(sub -> addHelp(sub, false));
    }

    private static int refuseUsage(CommandLine.ParameterException e, String[] arguments) {
        CommandLine line = e.getCommandLine();
        line.getErr().println(e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, line.getErr());
        line.usage(line.getErr());
        return USAGE;
    }
}
