package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts another tag into {@code modules.yaml}, or takes a module out, and nothing else: comments and layout stay. The
 * list is checked whole, with the lock as it will be, before anything is written.
 */
public final class ListChange {
    private final ModulesConfig config;

    public ListChange(ModulesConfig config) {
        this.config = config;
    }

    /** Moves a module to another tag. Fails, with neither changed, when the list would not be good any more. */
    public void apply(String id, String from, ModuleLock.Entry to, ModuleLock lock) {
        write(lock, lock.with(id, to), before -> from.equals(to.tag()) ? before : replaced(before, id, from, to.tag()));
    }

    /** Takes a module out of both. Fails as {@link #apply} does. */
    public void remove(String id, ModuleLock lock) {
        write(lock, lock.without(id), before -> without(before, id));
    }

    private void write(ModuleLock lock, ModuleLock after, UnaryOperator<String> change) {
        try {
            String before = Files.readString(config.file());
            String text = change.apply(before);
            check(text, after);
            // The lock first: with the list alone, the next start would know the tag and not what it means.
            boolean isLockChanged = !after.text().equals(lock.text());
            if (isLockChanged) {
                after.write(config.lockFile());
            }
            try {
                WholeFile.write(config.file(), text);
            } catch (IOException e) {
                if (isLockChanged) {
                    lock.write(config.lockFile());
                }
                throw e;
            }
        } catch (IOException e) {
            throw new Refusal(ExitCode.REFUSED, "The list or the lock could not be written: " + e.getMessage());
        }
    }

    private void check(String text, ModuleLock lock) throws IOException {
        Path candidate = Files.createTempFile(config.file().toAbsolutePath().getParent(), ".modules", ".yaml");
        try {
            Files.writeString(candidate, text);
            ConfigProblems problems = new ConfigProblems();
            ModulesFile.read(config.withFile(candidate), lock, problems);
            if (!problems.isEmpty()) {
                String name = String.valueOf(candidate);
                throw new Refusal(
                        ExitCode.REFUSED,
                        "The list would not be good any more. "
                                + problems.toString()
                                        .replace(name, config.file().toString()));
            }
        } finally {
            Files.deleteIfExists(candidate);
        }
    }

    /** The one line of the module's entry in this mode's section that has the tag. */
    private String replaced(String text, String id, String from, String to) {
        Optional<Integer> line = ModulesFile.lineOfTag(config, text, id);
        String[] lines = text.split("\n", -1);
        Pattern tag = Pattern.compile("(\\btag:\\s*[\"']?)" + Pattern.quote(from) + "(?![0-9A-Za-z.+-])");
        if (line.isPresent()) {
            Matcher matcher = tag.matcher(lines[line.get() - 1]);
            if (matcher.results().count() == 1) {
                lines[line.get() - 1] = matcher.reset().replaceFirst("$1" + Matcher.quoteReplacement(to));
                return String.join("\n", Arrays.asList(lines));
            }
        }
        throw new Refusal(
                ExitCode.REFUSED,
                id + ": the line with tag: " + from + " in " + config.file()
                        + " could not be told from others; write tag: " + to
                        + " there and run: molos-edge modules fetch");
    }

    /** The list without the lines of the module's entry. */
    private String without(String original, String id) {
        // Where the last line has no end, YAML ends an entry on it instead of behind it.
        String text = original.endsWith("\n") ? original : original + "\n";
        ModulesFile.Lines entry = ModulesFile.linesOf(config, text, id)
                .orElseThrow(() ->
                        new Refusal(ExitCode.REFUSED, "There is no module \"" + id + "\" in " + config.file() + "."));
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        if (!lines.get(entry.first()).stripLeading().startsWith("-")) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    id + ": its entry in " + config.file() + " shares its lines with others; take it out by hand");
        }
        lines.subList(entry.first(), entry.last() + 1).clear();
        String after = String.join("\n", lines);
        // A line too few or too many would be another module's.
        if (!ModulesFile.contentWithout(config, after, id).equals(ModulesFile.contentWithout(config, text, id))) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    id + ": its entry in " + config.file()
                            + " cannot be told from its neighbours; take it out by hand");
        }
        return after;
    }
}
