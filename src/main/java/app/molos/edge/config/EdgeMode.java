package app.molos.edge.config;

import app.molos.edge.config.ConfigReader.Setting;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Development is forgiving and open on this machine only; production refuses what is not safe. */
public enum EdgeMode {
    DEVELOPMENT,
    PRODUCTION;

    public static final ConfigKey KEY =
            ConfigKey.of("environment", "EDGE_ENV", "development", "development or production");

    /** The alias that Node programs use; {@code test} counts as development there. */
    public static final String ALIAS = "NODE_ENV";

    private static final Map<String, EdgeMode> WORDS = Map.of("development", DEVELOPMENT, "production", PRODUCTION);

    /** Reads EDGE_ENV and NODE_ENV; unknown words and two that disagree are refused. */
    public static EdgeMode read(ConfigReader reader) {
        Optional<EdgeMode> own = reader.setting(KEY).flatMap(s -> word(reader, s, s.text()));
        Optional<EdgeMode> alias = reader.variable(ALIAS)
                .flatMap(s -> word(reader, s, s.text().equals("test") ? "development" : s.text()));
        if (own.isPresent() && alias.isPresent() && own.get() != alias.get()) {
            reader.problems()
                    .add(
                            reader.where(KEY),
                            "says " + lower(own.get()) + " but NODE_ENV says " + lower(alias.get()),
                            "EDGE_ENV=" + lower(own.get()) + ", and unset NODE_ENV");
        }
        return own.or(() -> alias).orElse(DEVELOPMENT);
    }

    public boolean isProduction() {
        return this == PRODUCTION;
    }

    private static Optional<EdgeMode> word(ConfigReader reader, Setting setting, String text) {
        EdgeMode mode = WORDS.get(text);
        if (mode == null) {
            reader.problems()
                    .add(
                            setting.where(),
                            "\"" + setting.text() + "\" is neither development nor production",
                            "EDGE_ENV=production");
        }
        return Optional.ofNullable(mode);
    }

    private static String lower(EdgeMode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
