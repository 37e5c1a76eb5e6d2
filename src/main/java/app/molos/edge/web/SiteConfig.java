package app.molos.edge.web;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** How the world reaches us: the public origin, further trusted ones, and the proxies whose headers count. */
public record SiteConfig(
        EdgeMode mode, Origin origin, Set<Origin> trustedOrigins, List<Cidr> trustedProxies, String name) {
    public static final ConfigKey ORIGIN = ConfigKey.of(
            "origin",
            "ORIGIN",
            null,
            "the address people type; development: `http://localhost:${PORT}`; production requires it");
    public static final ConfigKey TRUSTED_ORIGINS = ConfigKey.of(
            "http.csrfTrustedOrigins",
            "CSRF_TRUSTED_ORIGINS",
            "",
            "further origins that may send forms and WebSockets");
    public static final ConfigKey TRUSTED_PROXIES = ConfigKey.of(
            "http.trustedProxies", "TRUSTED_PROXIES", "", "CIDRs of reverse proxies whose X-Forwarded-For counts");
    public static final ConfigKey NAME =
            ConfigKey.of("site.name", "SITE_NAME", null, "what pages call this site; default: the host of ORIGIN");
    public static final List<ConfigKey> KEYS = List.of(ORIGIN, NAME, TRUSTED_ORIGINS, TRUSTED_PROXIES);

    private static final int MAX_NAME = 60;

    private static final String EXAMPLE = "ORIGIN=https://edge.example.org";

    public static SiteConfig read(ConfigReader reader, EdgeMode mode, int port) {
        Origin origin = origin(reader, mode, port);
        Set<Origin> trusted = new LinkedHashSet<>();
        for (String text : reader.list(TRUSTED_ORIGINS)) {
            Origin.parse(text)
                    .ifPresentOrElse(
                            trusted::add,
                            () -> reader.refuse(
                                    TRUSTED_ORIGINS,
                                    "\"" + text
                                            + "\" is not an origin (scheme://host[:port], lower case, no default port, no wildcard)",
                                    "CSRF_TRUSTED_ORIGINS=" + repaired(text)));
        }
        String name = reader.optional(NAME)
                .map(String::strip)
                .filter(n -> !n.isEmpty())
                .orElse(origin.host());
        if (name.length() > MAX_NAME || name.chars().anyMatch(Character::isISOControl)) {
            reader.refuse(
                    NAME,
                    "the name is longer than " + MAX_NAME + " characters, or has control characters in it",
                    "SITE_NAME=Our place");
        }
        return new SiteConfig(mode, origin, Set.copyOf(trusted), Cidr.read(reader, TRUSTED_PROXIES), name);
    }

    private static Origin origin(ConfigReader reader, EdgeMode mode, int port) {
        Origin local = new Origin("http", "localhost", port == 0 ? 80 : port);
        if (!reader.isSet(ORIGIN)) {
            if (mode.isProduction()) {
                reader.refuse(ORIGIN, "production needs the public address of the site", EXAMPLE);
            }
            return local;
        }
        String text = reader.text(ORIGIN);
        return Origin.parse(text).orElseGet(() -> {
            reader.refuse(
                    ORIGIN,
                    "\"" + text + "\" is not scheme://host[:port] in lower case without a default port,"
                            + " path or slash at the end",
                    "ORIGIN=" + repaired(text));
            return local;
        });
    }

    /** Returns what was probably meant: the text without its path, in lower case, without the scheme's own port. */
    private static String repaired(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        String withScheme = lower.contains("://") ? lower : "https://" + lower;
        int end = withScheme.indexOf('/', withScheme.indexOf("://") + 3);
        String bare = end < 0 ? withScheme : withScheme.substring(0, end);
        bare = bare.startsWith("https://") ? bare.replaceFirst(":0*443$", "") : bare.replaceFirst(":0*80$", "");
        return Origin.parse(bare).map(Origin::toString).orElse("https://edge.example.org");
    }
}
