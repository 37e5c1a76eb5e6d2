package app.molos.edge.commands;

import app.molos.edge.backup.MovedAway;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.DirectConnection;
import app.molos.edge.db.migration.MigrationMutex;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.imports.ImportReport;
import app.molos.edge.imports.MolosDatabase;
import app.molos.edge.imports.MolosImport;
import app.molos.edge.passwords.PasswordHasher;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The operations behind {@code import}. */
public final class ImportCommands {
    private static final int SHOWN = 20;

    private final Map<String, String> environment;
    private final Terminal terminal;

    ImportCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Takes the people of a MoLOS along; a dry run tries everything and writes nothing. */
    public int molos(Path file, boolean isDryRun, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            try (MolosDatabase source = MolosDatabase.open(file)) {
                ImportReport report =
                        isDryRun ? tryOut(config, source) : take(config, config.database(), source, false);
                if (isJson) {
                    terminal.print(json(report, isDryRun).encodePrettily());
                } else {
                    print(config, report, isDryRun);
                }
                return ExitCode.OK;
            } catch (MolosDatabase.NotMolos e) {
                throw new Refusal(
                        ExitCode.USAGE,
                        e.getMessage() + System.lineSeparator()
                                + "    --from names MoLOS's SQLite file, such as molos.db in its data folder");
            }
        });
    }

    private ImportReport take(EdgeConfig config, DatabaseConfig database, MolosDatabase source, boolean isDryRun) {
        Migrator migrator = new Migrator(database, phase -> {});
        MigrationMutex turn = migrator.turn();
        try {
            int count = isDryRun ? 0 : migrator.migrateInTurn(Integer.MAX_VALUE);
            if (count > 0) {
                terminal.refuse(count + " migrations applied to " + database.url() + ".");
            }
            MovedAway.demandHere(database);
            return takeInTurn(config, database, source, isDryRun);
        } finally {
            turn.close();
        }
    }

    private static ImportReport takeInTurn(
            EdgeConfig config, DatabaseConfig database, MolosDatabase source, boolean isDryRun) {
        try (Connection target = DirectConnection.open(database)) {
            return new MolosImport(target, config.accounts().session(), PasswordHasher::isHash, Instant.now())
                    .run(source, isDryRun);
        } catch (SQLException e) {
            throw new Refusal(ExitCode.DATABASE, "The import was taken back whole: " + e.getMessage());
        }
    }

    /**
     * A database that is there is tried on and rolled back; for one that is still to be made, a scratch one stands in.
     */
    private ImportReport tryOut(EdgeConfig config, MolosDatabase source) {
        if (new Migrator(config.database(), phase -> {}).state().pending().isEmpty()) {
            return take(config, config.database(), source, true);
        }
        try {
            Path scratch = Files.createTempDirectory("molos-edge-import");
            try {
                DatabaseConfig d = config.database();
                DatabaseConfig database = new DatabaseConfig(
                        scratch,
                        DatabaseUrl.parse("file:" + scratch.resolve("scratch.db")),
                        d.connectTimeout(),
                        d.queryTimeout(),
                        d.poolSize(),
                        d.migrationsDir());
                new Migrator(database, phase -> {}).migrate();
                return take(config, database, source, true);
            } finally {
                try (Stream<Path> files = Files.list(scratch)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(scratch);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void print(EdgeConfig config, ImportReport report, boolean isDryRun) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("What", isDryRun ? "Would be taken" : "Taken", "Here already", "Left"));
        for (ImportReport.Kind kind : ImportReport.Kind.values()) {
            rows.add(List.of(
                    word(kind),
                    Integer.toString(report.taken(kind)),
                    Integer.toString(report.present(kind)),
                    Long.toString(report.skipped(kind))));
        }
        terminal.table(rows);
        report.skipped().stream()
                .limit(SHOWN)
                .forEach(s -> terminal.print(
                        Terminal.printable("  left: " + word(s.kind()) + " " + s.id() + ": " + s.why())));
        if (report.skipped().size() > SHOWN) {
            terminal.print("  … and " + (report.skipped().size() - SHOWN) + " more (--json has all)");
        }
        if (!report.owner().isEmpty()) {
            terminal.print((isDryRun ? "Would own this edge: " : "Owns this edge: ") + report.owner());
        }
        if (isDryRun) {
            terminal.print("Nothing was written.");
        } else if (report.taken(ImportReport.Kind.SESSIONS) > 0
                && !config.accounts().secrets().acceptsLegacyCookies()) {
            terminal.print(
                    "To keep people signed in: MoLOS's own BETTER_AUTH_SECRET, and AUTH_ACCEPT_LEGACY_COOKIES=true.");
        }
    }

    private static JsonObject json(ImportReport report, boolean isDryRun) {
        JsonObject json = new JsonObject().put("dryRun", isDryRun);
        for (ImportReport.Kind kind : ImportReport.Kind.values()) {
            json.put(
                    word(kind),
                    new JsonObject()
                            .put("taken", report.taken(kind))
                            .put("present", report.present(kind))
                            .put("left", report.skipped(kind)));
        }
        JsonArray left = new JsonArray();
        report.skipped()
                .forEach(s -> left.add(new JsonObject()
                        .put("what", word(s.kind()))
                        .put("id", s.id())
                        .put("why", s.why())));
        return json.put("left", left).put("owner", report.owner().isEmpty() ? null : report.owner());
    }

    private static String word(ImportReport.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
