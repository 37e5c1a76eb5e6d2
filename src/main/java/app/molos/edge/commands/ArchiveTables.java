package app.molos.edge.commands;

import app.molos.edge.backup.Backup;
import app.molos.edge.backup.archive.Manifest;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Backups and what is in them, for people. */
record ArchiveTables(Terminal terminal) {
    void print(Manifest manifest) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Part", "Rows", "Size"));
        manifest.parts()
                .forEach(part -> rows.add(
                        List.of(part.name(), String.format(Locale.ROOT, "%,d", part.rows()), size(part.size()))));
        terminal.print("  " + manifest.id() + ", made " + manifest.createdAt().truncatedTo(ChronoUnit.SECONDS) + " of "
                + manifest.source().kind() + " by version " + manifest.version()
                + String.format(", migrations up to V%04d", manifest.source().migration()));
        terminal.table(rows);
        manifest.leftOut().forEach(what -> terminal.print("  not inside: " + Terminal.printable(what)));
    }

    static String size(long bytes) {
        return bytes < 10_000
                ? bytes + " B"
                : bytes < 10_000_000
                        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    static String made(Backup backup) {
        return backup.createdAt().truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
