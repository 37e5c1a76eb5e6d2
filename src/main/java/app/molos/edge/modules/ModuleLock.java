package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.YamlFile;
import app.molos.edge.config.YamlFile.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * {@code modules.lock}: which code each module's tag stood for when it was fetched. A tag is a name; this is what it
 * named.
 */
public final class ModuleLock {
    /**
     * One module.
     *
     * @param tag or the branch, in development
     * @param commit 40 hexadecimal digits
     * @param digest of the files, see {@link FileListing#digest}
     */
    public record Entry(String tag, String commit, String digest, Instant lockedAt) {
        /** Enough of the commit to recognise it. */
        public String shortCommit() {
            return shortened(commit);
        }
    }

    private static final String HEADING = """
            # Which code each module's tag stood for when it was fetched. Written by `molos-edge modules fetch` and `modules update`;
            # keep it beside modules.yaml and under version control.
            """;
    private static final List<String> KEYS = List.of("tag", "commit", "digest", "lockedAt");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final int SHORT = 10;

    private final SortedMap<String, Entry> entries;

    private ModuleLock(SortedMap<String, Entry> entries) {
        this.entries = entries;
    }

    public static String shortened(String commit) {
        return commit.substring(0, Math.min(SHORT, commit.length()));
    }

    /** Reads the file; one that is not there is an empty lock. Faults become problems with their line. */
    public static ModuleLock read(Path file, ConfigProblems problems) {
        SortedMap<String, Entry> entries = new TreeMap<>();
        if (Files.exists(file)) {
            try {
                YamlFile.parse(file.toString(), Files.readString(file), problems)
                        .filter(root -> !root.isNull())
                        .ifPresent(root -> readModules(root, entries, problems));
            } catch (IOException e) {
                problems.add(file.toString(), "the file cannot be read, or is not UTF-8 text", "a readable file");
            }
        }
        return new ModuleLock(entries);
    }

    public Optional<Entry> find(String id) {
        return Optional.ofNullable(entries.get(id));
    }

    public SortedMap<String, Entry> entries() {
        return Collections.unmodifiableSortedMap(entries);
    }

    public ModuleLock with(String id, Entry entry) {
        SortedMap<String, Entry> more = new TreeMap<>(entries);
        more.put(id, entry);
        return new ModuleLock(more);
    }

    public ModuleLock without(String id) {
        SortedMap<String, Entry> fewer = new TreeMap<>(entries);
        fewer.remove(id);
        return new ModuleLock(fewer);
    }

    /** As it stands in the file. */
    public String text() {
        StringBuilder text = new StringBuilder(HEADING)
                .append("modules:")
                .append(entries.isEmpty() ? " {}" : "")
                .append('\n');
        entries.forEach((id, entry) -> text.append("  ")
                .append(id)
                .append(":\n")
                .append("    tag: \"")
                .append(entry.tag())
                .append("\"\n")
                .append("    commit: \"")
                .append(entry.commit())
                .append("\"\n")
                .append("    digest: \"")
                .append(entry.digest())
                .append("\"\n")
                .append("    lockedAt: \"")
                .append(entry.lockedAt())
                .append("\"\n"));
        return text.toString();
    }

    /** Replaces the file whole: a reader sees the old one or the new one. */
    public void write(Path file) throws IOException {
        WholeFile.write(file, text());
    }

    private static void readModules(Value root, SortedMap<String, Entry> entries, ConfigProblems problems) {
        Value modules = root.isMapping() ? root.get("modules") : null;
        if (modules == null || !modules.isMapping()) {
            problems.add(root.where(), "the lock must have the key modules", "molos-edge modules fetch");
            return;
        }
        for (YamlFile.Entry module : modules.entries()) {
            readEntry(module, problems).ifPresent(entry -> entries.put(module.key(), entry));
        }
    }

    private static Optional<Entry> readEntry(YamlFile.Entry module, ConfigProblems problems) {
        Value value = module.value();
        boolean isWhole = value.isMapping()
                && value.entries().stream()
                        .allMatch(e -> KEYS.contains(e.key()) && e.value().isScalar())
                && KEYS.stream().allMatch(key -> value.get(key) != null)
                && COMMIT.matcher(text(value, "commit")).matches()
                && DIGEST.matcher(text(value, "digest")).matches();
        try {
            if (isWhole) {
                return Optional.of(new Entry(
                        text(value, "tag"),
                        text(value, "commit"),
                        text(value, "digest"),
                        Instant.parse(text(value, "lockedAt"))));
            }
        } catch (DateTimeException e) {
            // the one message below covers everything that this program did not write
        }
        problems.add(
                module.where(),
                module.key() + ": the entry is damaged; it has tag, commit, digest and lockedAt",
                "molos-edge modules update " + module.key() + " TAG");
        return Optional.empty();
    }

    private static String text(Value mapping, String key) {
        Value value = mapping.get(key);
        return value == null ? "" : value.literal();
    }
}
