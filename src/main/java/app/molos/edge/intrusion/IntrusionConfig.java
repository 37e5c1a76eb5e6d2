package app.molos.edge.intrusion;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.web.Cidr;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Who is kept out.
 *
 * @param scenarios the file; empty: what is packed into the program
 * @param allow who never is
 * @param bansPrivate whether addresses of private networks may be
 */
public record IntrusionConfig(Mode mode, Optional<Path> scenarios, List<Cidr> allow, boolean bansPrivate) {
    /** What becomes of scenarios. */
    public enum Mode {
        OFF,
        OBSERVE,
        /** Each as its file says. */
        SCENARIOS,
        /** Each that is not off bans. */
        ENFORCE;

        Scenario.Mode of(Scenario.Mode scenario) {
            return switch (this) {
                case OFF -> Scenario.Mode.OFF;
                case SCENARIOS -> scenario;
                case OBSERVE -> scenario == Scenario.Mode.OFF ? scenario : Scenario.Mode.OBSERVE;
                case ENFORCE -> scenario == Scenario.Mode.OFF ? scenario : Scenario.Mode.ENFORCE;
            };
        }
    }

    public static final ConfigKey MODE = ConfigKey.of(
            "intrusion.mode",
            "INTRUSION_MODE",
            "scenarios",
            "`scenarios`: each does what its file says; `observe`: all only count and log; `enforce`: all ban; `off`");
    public static final ConfigKey SCENARIOS = ConfigKey.of(
            "intrusion.scenarios",
            "INTRUSION_SCENARIOS",
            null,
            "a file with the scenarios; default: those of conf/scenarios.yaml, which are packed into the program");
    public static final ConfigKey ALLOW = ConfigKey.of(
            "intrusion.allow", "INTRUSION_ALLOW", "", "CIDRs that are never banned: a monitor, a scanner of your own");
    public static final ConfigKey BAN_PRIVATE = ConfigKey.of(
            "intrusion.banPrivate",
            "INTRUSION_BAN_PRIVATE",
            "false",
            "whether addresses of private networks are banned too; in a LAN that may be you");
    public static final List<ConfigKey> KEYS = List.of(MODE, SCENARIOS, ALLOW, BAN_PRIVATE);

    public static IntrusionConfig read(ConfigReader reader) {
        IntrusionConfig config = new IntrusionConfig(
                reader.choice(MODE, Mode.class),
                reader.path(SCENARIOS),
                Cidr.read(reader, ALLOW),
                reader.flag(BAN_PRIVATE));
        ScenarioFile.read(config.scenarios(), reader.problems());
        return config;
    }

    public boolean isOn() {
        return mode != Mode.OFF;
    }
}
