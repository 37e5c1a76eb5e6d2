package app.molos.edge.intrusion;

import app.molos.edge.config.ConfigProblems;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The scenarios as an operator sees them. */
public final class ScenarioTable {
    /** One scenario; its mode is the one in force, with its own behind it where that is another one. */
    public record Row(String name, String mode, int capacity, String leak, String why) {}

    private ScenarioTable() {}

    /** Reads the file; blocking. With problems recorded, the rows are not to be used. */
    public static List<Row> of(IntrusionConfig config, ConfigProblems problems) {
        return ScenarioFile.read(config.scenarios(), problems).all().stream()
                .map(s -> new Row(
                        s.name(),
                        mode(config, s),
                        s.bucket().capacity(),
                        words(s.bucket().leak()),
                        s.why()))
                .toList();
    }

    private static String words(Duration duration) {
        return duration.toMillis() % 1000 != 0
                ? duration.toMillis() + "ms"
                : duration.toSeconds() % 60 != 0 ? duration.toSeconds() + "s" : duration.toMinutes() + "m";
    }

    private static String mode(IntrusionConfig config, Scenario scenario) {
        Scenario.Mode inForce = config.mode().of(scenario.mode());
        String word = inForce.name().toLowerCase(Locale.ROOT);
        return inForce == scenario.mode()
                ? word
                : word + " (" + scenario.mode().name().toLowerCase(Locale.ROOT) + ")";
    }
}
