package app.molos.edge.http.management;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.http.HttpConfig;
import app.molos.edge.http.HttpConfig.Address;
import java.util.List;
import java.util.Optional;

/**
 * Where HAProxy's agent-check is answered.
 *
 * @param address empty: nowhere
 */
public record AgentConfig(Optional<Address> address) {
    public static final ConfigKey PORT =
            ConfigKey.of("management.agentPort", "AGENT_PORT", null, "a port for HAProxy's agent-check; unset: none");
    public static final ConfigKey HOST = ConfigKey.of(
            "management.agentHost",
            "AGENT_HOST",
            null,
            "the address it is on; default: HOST, since it tells but a word");
    public static final List<ConfigKey> KEYS = List.of(PORT, HOST);

    public static AgentConfig read(ConfigReader reader, EdgeMode mode) {
        if (!reader.isSet(PORT)) {
            return new AgentConfig(Optional.empty());
        }
        String host = reader.optional(HOST)
                .or(() -> reader.optional(HttpConfig.HOST))
                .orElse(mode.isProduction() ? "0.0.0.0" : "127.0.0.1");
        return new AgentConfig(Optional.of(new Address(host, reader.port(PORT))));
    }
}
