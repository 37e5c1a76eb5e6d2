package app.molos.edge.config;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One setting: its name in the file, its environment variable, the default as it would be written, and what it means
 * (the row in docs/configuration.md).
 */
public record ConfigKey(
        String name,
        String variable,
        @Nullable String fallback,
        String meaning,
        @Nullable Former former) {
    /** A former name of a key; read for one release more. */
    public record Former(String name, String variable) {}

    /** The names under which the file may have it. */
    Stream<String> names() {
        return former == null ? Stream.of(name) : Stream.of(name, former.name());
    }

    /** The variables that may set it. */
    Stream<String> variables() {
        return former == null ? Stream.of(variable) : Stream.of(variable, former.variable());
    }

    /** A value as it may be shown: of secrets, and of addresses with a password in them, only that there is one. */
    public String masked(String value) {
        boolean isSecret = name.endsWith("secret") || name.endsWith("Secrets");
        return isSecret ? "\u2022\u2022\u2022" : value.replaceFirst("(://[^:/@]*:)[^@]*@", "$1\u2022\u2022\u2022@");
    }

    public static ConfigKey of(String name, String variable, @Nullable String fallback, String meaning) {
        return new ConfigKey(name, variable, fallback, meaning, null);
    }

    /** The same key, which was called otherwise until this release. */
    public ConfigKey formerly(String formerName, String formerVariable) {
        return new ConfigKey(name, variable, fallback, meaning, new Former(formerName, formerVariable));
    }
}
