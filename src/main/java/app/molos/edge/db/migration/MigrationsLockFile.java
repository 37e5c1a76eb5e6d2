package app.molos.edge.db.migration;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * migrations.lock (MIG-02): a line a file, tab-separated: name, SHA-256 of its bytes, size, phase, reviewer, date, and
 * the SHA-256 of the line before. Flyway's own checksum skips line ends, so it takes changed files for unchanged.
 */
public final class MigrationsLockFile {
    static final String FIRST = "0".repeat(64);

    /** One line. */
    public record Line(
            String name, String sha256, long size, String phase, String reviewer, String date, String before) {
        @Override
        public String toString() {
            return String.join("\t", name, sha256, Long.toString(size), phase, reviewer, date, before);
        }
    }

    private MigrationsLockFile() {}

    /** Refuses with every difference between the lock and the files; nothing has been executed by then. */
    public static void verify(MigrationSet set) {
        List<String> faults = new ArrayList<>();
        List<Line> lines = parse(set, faults);
        Map<String, MigrationFile> files = new LinkedHashMap<>();
        set.files().forEach(f -> files.put(f.name(), f));
        for (Line line : lines) {
            MigrationFile file = files.remove(line.name());
            if (file == null) {
                faults.add(line.name() + " is in the lock but not among the files");
            } else if (!file.sha256().equals(line.sha256()) || file.bytes().length != line.size()) {
                faults.add(line.name() + " was changed after it was sealed (a released migration is never edited:"
                        + " write a new one with `migrate new`)");
            }
        }
        files.keySet()
                .forEach(name ->
                        faults.add(name + " is not in the lock (review it, then `migrate seal FILE --reviewer NAME`)"));
        faults.addAll(faultsOf(set.files()));
        if (lines.isEmpty() && faults.isEmpty()) {
            faults.add("there is no migration at all");
        }
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i - 1).name().compareTo(lines.get(i).name()) >= 0) {
                faults.add(lines.get(i).name() + " stands after "
                        + lines.get(i - 1).name());
            }
        }
        refuse(set, faults);
    }

    /**
     * The lines to append so that these files are sealed, in the order of their numbers; refuses when one of them is
     * not ready, or what is sealed already does not hold.
     */
    public static List<Line> seal(MigrationSet set, List<String> names, String reviewer, LocalDate today) {
        List<String> faults = new ArrayList<>();
        List<Line> lines = set.lock().isEmpty() ? new ArrayList<>() : new ArrayList<>(parse(set, faults));
        List<String> sealed = lines.stream().map(Line::name).toList();
        names.stream()
                .filter(name -> set.files().stream().noneMatch(f -> f.name().equals(name)))
                .forEach(name -> faults.add(name + " is not among the files"));
        List<Line> added = new ArrayList<>();
        for (MigrationFile file : set.files()) {
            int at = sealed.indexOf(file.name());
            if (at >= 0 && !lines.get(at).sha256().equals(file.sha256())) {
                faults.add(file.name() + " was changed after it was sealed: write a new migration instead");
            } else if (at >= 0 && names.contains(file.name())) {
                faults.add(file.name() + " is sealed already");
            } else if (at < 0 && names.contains(file.name())) {
                if (!file.missing().isEmpty()) {
                    faults.add(file.name() + " lacks " + String.join(", ", file.missing()));
                }
                if (!lines.isEmpty() && lines.get(lines.size() - 1).name().compareTo(file.name()) > 0) {
                    faults.add(file.name() + " comes before the last sealed migration: give it a higher number");
                }
                Line line = new Line(
                        file.name(),
                        file.sha256(),
                        file.bytes().length,
                        file.phase().orElse(""),
                        reviewer,
                        today.toString(),
                        hash(lines));
                lines.add(line);
                added.add(line);
            }
        }
        faults.addAll(faultsOf(set.files()));
        refuse(set, faults);
        return added;
    }

    /** The text of the lock without its last line, which must be this file's; refuses otherwise. */
    static String unseal(MigrationSet set, String name) {
        List<String> faults = new ArrayList<>();
        List<Line> lines = parse(set, faults);
        if (faults.isEmpty() && lines.stream().noneMatch(line -> line.name().equals(name))) {
            faults.add(name + " is not sealed");
        } else if (faults.isEmpty() && !lines.get(lines.size() - 1).name().equals(name)) {
            faults.add("only the last one can be unsealed, which is "
                    + lines.get(lines.size() - 1).name());
        }
        refuse(set, faults);
        StringBuilder text = new StringBuilder();
        lines.subList(0, lines.size() - 1).forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }

    private static List<Line> parse(MigrationSet set, List<String> faults) {
        List<Line> lines = new ArrayList<>();
        if (set.lock().isEmpty()) {
            faults.add(MigrationSet.LOCK + " is missing or empty");
            return lines;
        }
        int number = 0;
        String withoutLastLineEnd =
                set.lock().endsWith("\n") ? set.lock().substring(0, set.lock().length() - 1) : set.lock();
        for (String text : withoutLastLineEnd.split("\n", -1)) {
            number++;
            String[] cells = text.split("\t", -1);
            if (cells.length != 7
                    || !cells[2].matches("\\d{1,9}")
                    || cells[4].isBlank()
                    || !isDate(cells[5])
                    || !cells[3].matches("expand|contract|data")) {
                faults.add(MigrationSet.LOCK + ":" + number + " is not file, SHA-256, size, phase, reviewer, date,"
                        + " hash of the line before, separated by tabs");
                continue;
            }
            Line line = new Line(cells[0], cells[1], Long.parseLong(cells[2]), cells[3], cells[4], cells[5], cells[6]);
            if (!line.before().equals(hash(lines))) {
                faults.add(MigrationSet.LOCK + ":" + number + " does not follow the line before it: a line was changed,"
                        + " moved or removed");
            }
            lines.add(line);
        }
        return lines;
    }

    private static String hash(List<Line> lines) {
        return lines.isEmpty()
                ? FIRST
                : MigrationFile.sha256(lines.get(lines.size() - 1).toString().getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isDate(String text) {
        try {
            LocalDate.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static List<String> faultsOf(List<MigrationFile> files) {
        List<String> faults = new ArrayList<>();
        int previous = 0;
        for (MigrationFile file : files) {
            if (!file.isNamedWell()) {
                faults.add(file.name() + " is not named V0000__words_in_lower_case.sql");
                continue;
            }
            if (file.version() == previous) {
                faults.add(file.name() + " has the number of another migration");
            }
            previous = file.version();
            String text = file.text();
            if (text.indexOf('\r') >= 0 || text.startsWith("\uFEFF") || text.indexOf('\0') >= 0 || !isUtf8(file)) {
                faults.add(file.name() + " is not plain UTF-8 with LF line ends");
            }
        }
        return faults;
    }

    private static boolean isUtf8(MigrationFile file) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(file.bytes()));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static void refuse(MigrationSet set, List<String> faults) {
        if (!faults.isEmpty()) {
            throw new Refusal(
                    ExitCode.MIGRATION,
                    "The migrations in " + set.where() + " are not the reviewed ones;"
                            + " nothing was executed." + System.lineSeparator() + "  "
                            + String.join(System.lineSeparator() + "  ", faults));
        }
    }
}
