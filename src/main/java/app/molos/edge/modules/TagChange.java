package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts another tag into {@code modules.yaml}, and nothing else: comments and layout stay. The list is checked whole, with the
 * lock as it will be, before anything is written.
 */
public final class TagChange {
    private final ModulesConfig config;

    public TagChange(ModulesConfig config) {
        this.config = config;
    }

    /** Writes the lock and the list. Fails, with neither changed, when the list would not be good any more. */
    public void apply(String id, String from, ModuleLock.Entry to, ModuleLock lock) {
        ModuleLock after = lock.with(id, to);
        try {
            String before = Files.readString(config.file());
            String text = from.equals(to.tag()) ? before : replaced(before, id, from, to.tag());
            check(text, after);
            // The lock first: with the list alone, the next start would know the tag and not what it means.
            after.write(config.lockFile());
            try {
                WholeFile.write(config.file(), text);
            } catch (IOException e) {
                lock.write(config.lockFile());
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
                throw new Refusal(ExitCode.REFUSED, "The list would not be good any more. "
                        + problems.toString().replace(name, config.file().toString()));
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
        throw new Refusal(ExitCode.REFUSED, id + ": the line with tag: " + from + " in " + config.file()
                + " could not be told from others; write tag: " + to + " there and run: molos-edge modules fetch");
    }
}
