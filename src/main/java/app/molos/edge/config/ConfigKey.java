package app.molos.edge.config;

import org.jspecify.annotations.Nullable;

/**
 * One setting: its name in the file, its environment variable, the default as it would be written, and what it means (the
 * row in README's table).
 */
public record ConfigKey(String name, String variable, @Nullable String fallback, String meaning) {
    public static ConfigKey of(String name, String variable, @Nullable String fallback, String meaning) {
        return new ConfigKey(name, variable, fallback, meaning);
    }
}
