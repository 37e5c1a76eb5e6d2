package app.molos.edge.modules;

import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.YamlFile.Value;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads where a module's code comes from: a repository, and a tag of it - in development a branch will do. */
final class SourceReader {
    /** {@code v} and the grammar of Semantic Versioning 2.0: no leading zeros in numbers, none of the parts empty. */
    private static final Pattern TAG = tag();

    private static final Pattern REPOSITORY = Pattern.compile("https://[^@\\s]+|file:///\\S+|/\\S+");
    private static final Pattern REF_NAME =
            Pattern.compile("(?!.*(\\.\\.|//|/\\.|\\.lock$))[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}(?<![/.])");

    private final EntryFields fields;
    private final boolean isProduction;

    private static Pattern tag() {
        String number = "(?:0|[1-9][0-9]*)";
        String word = "[0-9A-Za-z-]+";
        String identifier = "(?:" + number + "|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
        return Pattern.compile("v" + number + "\\." + number + "\\." + number
                + "(?:-(?<prerelease>" + identifier + "(?:\\." + identifier + ")*))?"
                + "(?:\\+" + word + "(?:\\." + word + ")*)?");
    }

    SourceReader(EntryFields fields, EdgeMode mode) {
        this.fields = fields;
        this.isProduction = mode.isProduction();
    }

    Optional<Module.Source> read() {
        Value tag = fields.present("tag");
        Value branch = fields.present("branch");
        Value repository = fields.present("repository");
        if (fields.flag("external", false)) {
            refuseCode();
            return Optional.empty();
        }
        boolean isFree = !isProduction
                && repository == null
                && fields.present("static") != null
                && fields.present("upstream") == null;
        if (!isFree && repository == null) {
            fields.problem(
                    fields.entry(),
                    "needs the repository its code comes from",
                    fields.present("upstream") == null
                            ? "repository: https://git.example.org/notes.git"
                            : "repository: https://git.example.org/notes.git (or external: true, if somebody else deploys it)");
        }
        checkWhich(tag, branch, isFree);
        boolean allowsPrerelease = fields.flag("allowPrerelease", false);
        if (tag != null) {
            checkTag(tag, allowsPrerelease);
        }
        if (repository == null || (tag == null && branch == null)) {
            return Optional.empty();
        }
        checkRepository(repository);
        return Optional.of(new Module.Source(
                repository.literal(), (tag != null ? tag : Objects.requireNonNull(branch)).literal(), tag == null));
    }

    private void refuseCode() {
        for (String key : List.of("repository", "tag", "branch")) {
            Value value = fields.present(key);
            if (value != null) {
                fields.problem(value, "is external and has a " + key + ": who deploys it?", "one of the two");
            }
        }
    }

    private void checkWhich(@Nullable Value tag, @Nullable Value branch, boolean isFree) {
        if (tag != null && branch != null) {
            fields.problem(
                    branch,
                    "has a tag and a branch: exactly one of them says which code runs",
                    isProduction ? "tag: v1.0.0" : "one of the two");
        } else if (branch != null && isProduction) {
            fields.problem(branch, "a branch moves; production pins a tag", "tag: v1.0.0");
        } else if (tag == null && branch == null && !isFree) {
            fields.problem(fields.entry(), isProduction ? "needs a tag" : "needs a tag or a branch", "tag: v1.0.0");
        }
        if (branch != null && !isRefName(branch.literal())) {
            fields.problem(
                    branch,
                    "the branch " + EntryFields.shown(branch) + " is no name that git would take",
                    "branch: main");
        }
    }

    private void checkTag(Value tag, boolean allowsPrerelease) {
        if (!tag.isText()) {
            fields.problem(
                    tag,
                    "the tag " + tag.literal() + " reads as something else than text",
                    "tag: \"" + tag.literal() + "\"");
            return;
        }
        if (!isProduction) {
            if (!isRefName(tag.literal())) {
                fields.problem(
                        tag, "the tag " + EntryFields.shown(tag) + " is no name that git would take", "tag: v1.0.0");
            }
            return;
        }
        String text = tag.literal();
        Matcher version = TAG.matcher(text);
        if (!version.matches()) {
            fields.problem(
                    tag, "the tag " + EntryFields.shown(tag) + " is not v and a semantic version", "tag: v1.0.0");
        } else if (version.group("prerelease") != null && !allowsPrerelease) {
            fields.problem(tag, "the tag " + text + " is a pre-release", "allowPrerelease: true");
        }
    }

    private static boolean isRefName(String text) {
        return REF_NAME.matcher(text).matches();
    }

    /** In development it matters when something is fetched; what never is may say anything. */
    private void checkRepository(Value repository) {
        String text = repository.literal();
        if (!isProduction || REPOSITORY.matcher(text).matches()) {
            return;
        }
        fields.problem(
                repository,
                text.startsWith("https://")
                        ? "the repository has a user or a token in its address; write tokens into MODULES_TOKEN_FILE"
                        : "the repository " + EntryFields.shown(repository)
                                + " is neither https:// nor a path on this machine",
                "repository: https://git.example.org/" + (fields.id().isEmpty() ? "notes" : fields.id()) + ".git");
    }
}
