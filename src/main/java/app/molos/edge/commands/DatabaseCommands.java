package app.molos.edge.commands;

import app.molos.edge.backup.MovedAway;
import app.molos.edge.backup.Mover;
import app.molos.edge.backup.Preflight;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.SecretFile;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.Dialect;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The operations behind {@code database}. */
public final class DatabaseCommands {
    private static final int SHOWN = 20;
    /** An empty database that nobody uses is there at once, and nobody has its lock. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Map<String, String> environment;
    private final Terminal terminal;

    DatabaseCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /**
     * Moves everything to another, empty database, or says what would be moved.
     *
     * @param to its URL
     * @param passwordFile with its password, if the URL has none
     */
    public int move(String to, Optional<Path> passwordFile, boolean isDryRun, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            DatabaseUrl url = url(to, passwordFile);
            Mover.Report report = new Mover(
                            config.database(),
                            config.database().at(url).impatient(PATIENCE),
                            config.lifecycle().backup(),
                            terminal::progress,
                            Clock.systemUTC())
                    .move(isDryRun);
            terminal.clearProgress();
            boolean isMoved = !isDryRun && report.faultCount() == 0;
            if (isJson) {
                terminal.print(json(report, isMoved).encodePrettily());
            } else if (report.faultCount() > 0) {
                explain(report);
            } else {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("Table", "Rows"));
                report.tables().forEach(part -> rows.add(List.of(part.table(), number(part.rows()))));
                terminal.print(
                        (isMoved ? "Moved " : "Would move ") + config.database().url() + " to " + url + ":");
                terminal.table(rows);
                terminal.print(
                        isMoved
                                ? "Each row was read back there and is the same. Set DATABASE_URL to it, with its password, and start"
                                        + " the edge: whoever was signed in still is."
                                : "Nothing was written. Stop the edge on every node, then run this without --dry-run.");
                if (isMoved) {
                    terminal.print(
                            config.database().url()
                                    + " stays as it was, and is marked: no edge serves it (`database unmark` would change that).");
                }
            }
            return report.faultCount() == 0 ? ExitCode.OK : ExitCode.REFUSED;
        });
    }

    private static DatabaseUrl url(String to, Optional<Path> passwordFile) {
        try {
            DatabaseUrl url = DatabaseUrl.parse(to);
            if (passwordFile.isEmpty()) {
                return url;
            }
            if (url.dialect() == Dialect.SQLITE) {
                throw new Refusal(ExitCode.USAGE, "A SQLite file has no password.");
            }
            return url.withPassword(SecretFile.read(passwordFile.get())
                    .orElseThrow(() -> new Refusal(
                            ExitCode.USAGE, "The file " + passwordFile.get() + " is empty or larger than 4 KiB.")));
        } catch (IllegalArgumentException e) {
            throw new Refusal(
                    ExitCode.USAGE,
                    "The address behind --to " + e.getMessage() + "." + System.lineSeparator()
                            + "    write: --to postgresql://user@host:5432/molos --password-file FILE");
        } catch (IOException e) {
            throw new Refusal(ExitCode.USAGE, "The file " + passwordFile.orElseThrow() + " cannot be read.");
        }
    }

    private void explain(Mover.Report report) {
        terminal.refuse(number(report.faultCount()) + " values cannot be moved to PostgreSQL; nothing was written:");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Table", "Row", "Column", "What"));
        report.faults().stream()
                .limit(SHOWN)
                .forEach(fault -> rows.add(
                        List.of(fault.table(), Terminal.printable(fault.row()), fault.column(), fault.what())));
        terminal.table(rows);
        if (report.faultCount() > SHOWN) {
            terminal.print("  and " + number(report.faultCount() - SHOWN) + " more (--json lists a hundred)");
        }
        terminal.print("Change them where they are, then run this again.");
    }

    private static JsonObject json(Mover.Report report, boolean isMoved) {
        JsonObject tables = new JsonObject();
        report.tables().forEach(part -> tables.put(part.table(), part.rows()));
        JsonArray faults = new JsonArray();
        for (Preflight.Fault fault : report.faults()) {
            faults.add(new JsonObject()
                    .put("table", fault.table())
                    .put("row", fault.row())
                    .put("column", fault.column())
                    .put("what", fault.what()));
        }
        return new JsonObject()
                .put("moved", isMoved)
                .put("rows", report.rows())
                .put("tables", tables)
                .put("faultCount", report.faultCount())
                .put("faults", faults);
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Takes the mark off a database that was moved away. */
    public int unmark() {
        return Commands.run(terminal, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            terminal.print(
                    MovedAway.unmark(config.database())
                            ? config.database().url()
                                    + " is not marked any more. What was written where it went is not here."
                            : config.database().url() + " has no mark.");
            return ExitCode.OK;
        });
    }
}
