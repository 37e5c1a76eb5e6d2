package app.molos.edge.modules;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which token opens the repositories of which host. */
public final class ModuleTokens {
    private final Map<String, Secret> byHost;

    private ModuleTokens(Map<String, Secret> byHost) {
        this.byHost = byHost;
    }

    /** Reads lines of {@code HOST TOKEN} from the file that the key names. */
    static ModuleTokens read(ConfigReader reader, ConfigKey key) {
        Map<String, Secret> byHost = new HashMap<>();
        Optional<Path> file = reader.path(key);
        if (file.isPresent()) {
            try {
                List<String> lines = Files.readAllLines(file.get());
                for (int i = 0; i < lines.size(); i++) {
                    String line = lines.get(i).trim();
                    String[] words = line.split("\\s+", -1);
                    if (words.length == 2 && !line.startsWith("#")) {
                        byHost.put(words[0].toLowerCase(Locale.ROOT), new Secret(words[1]));
                    } else if (!line.isEmpty() && !line.startsWith("#")) {
                        reader.refuse(
                                key,
                                "line " + (i + 1) + " of " + file.get() + " is not a host and a token",
                                "lines such as: git.example.org TOKEN");
                    }
                }
            } catch (IOException e) {
                reader.refuse(key, "the file " + file.get() + " cannot be read", "the path of a readable file");
            }
        }
        return new ModuleTokens(byHost);
    }

    public Optional<Secret> of(String repository) {
        return Optional.ofNullable(byHost.get(hostOf(repository)));
    }

    /** {@code host} or {@code host:port} of an https address in lower case; empty for everything else. */
    public static String hostOf(String repository) {
        try {
            URI uri = new URI(repository);
            boolean isSecret = "https".equals(uri.getScheme()) && uri.getHost() != null;
            return isSecret
                    ? uri.getHost().toLowerCase(Locale.ROOT) + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
                    : "";
        } catch (URISyntaxException e) {
            return "";
        }
    }
}
