package app.molos.edge.web;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How the world reaches us: the public origin, further trusted ones, and the proxies whose headers count. */
public record SiteConfig(
        EdgeMode mode, Origins origins, Set<Origin> trustedOrigins, List<Cidr> trustedProxies, String name) {
    public static final ConfigKey ORIGIN = ConfigKey.of(
            "origin",
            "ORIGIN",
            null,
            "the address people type; development: `http://localhost:${PORT}`; production requires it; several with different hosts,"
                    + " the main one first: an http one in the LAN beside a public https one");
    public static final ConfigKey ALLOW_INSECURE_ORIGIN = ConfigKey.of(
            "allowInsecureOrigin",
            "ALLOW_INSECURE_ORIGIN",
            "false",
            "whether production takes an http origin that is neither loopback nor private: passwords cross the network in the clear");
    public static final ConfigKey TRUSTED_ORIGINS = ConfigKey.of(
            "http.csrfTrustedOrigins",
            "CSRF_TRUSTED_ORIGINS",
            "",
            "further origins that may send forms and WebSockets");
    public static final ConfigKey TRUSTED_PROXIES = ConfigKey.of(
            "http.trustedProxies", "TRUSTED_PROXIES", "", "CIDRs of reverse proxies whose X-Forwarded-For counts");
    public static final ConfigKey NAME =
            ConfigKey.of("site.name", "SITE_NAME", null, "what pages call this site; default: the host of ORIGIN");
    public static final List<ConfigKey> KEYS =
            List.of(ORIGIN, ALLOW_INSECURE_ORIGIN, NAME, TRUSTED_ORIGINS, TRUSTED_PROXIES);

    private static final int MAX_NAME = 60;

    private static final String EXAMPLE = "ORIGIN=https://edge.example.org";

    public static SiteConfig read(ConfigReader reader, EdgeMode mode, int port) {
        Origins origins = origins(reader, mode, port);
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
                .orElse(origins.main().host());
        if (name.length() > MAX_NAME || name.chars().anyMatch(Character::isISOControl)) {
            reader.refuse(
                    NAME,
                    "the name is longer than " + MAX_NAME + " characters, or has control characters in it",
                    "SITE_NAME=Our place");
        }
        return new SiteConfig(mode, origins, Set.copyOf(trusted), Cidr.read(reader, TRUSTED_PROXIES), name);
    }

    /** The main origin: what mails and announcements name. */
    public Origin origin() {
        return origins.main();
    }

    private static Origins origins(ConfigReader reader, EdgeMode mode, int port) {
        Origin local = new Origin("http", "localhost", port == 0 ? 80 : port);
        boolean isInsecureAllowed = reader.flag(ALLOW_INSECURE_ORIGIN);
        if (!reader.isSet(ORIGIN)) {
            if (mode.isProduction()) {
                reader.refuse(ORIGIN, "production needs the public address of the site", EXAMPLE);
            }
            return Origins.of(local);
        }
        List<Origin> all = new ArrayList<>();
        for (String text : reader.list(ORIGIN)) {
            Optional<Origin> origin = Origin.parse(text);
            if (origin.isEmpty()) {
                reader.refuse(
                        ORIGIN,
                        "\"" + text + "\" is not scheme://host[:port] in lower case without a default port,"
                                + " path or slash at the end",
                        "ORIGIN=" + repaired(text));
            } else {
                judge(reader, origin.get(), all, mode.isProduction() && !isInsecureAllowed);
                all.add(origin.get());
            }
        }
        return all.isEmpty() ? Origins.of(local) : Origins.of(all);
    }

    private static void judge(ConfigReader reader, Origin origin, List<Origin> before, boolean isStrict) {
        boolean isTwice = before.stream()
                .flatMap(Origin::withTwins)
                .anyMatch(o -> o.host().equals(origin.host()));
        if (isTwice) {
            reader.refuse(
                    ORIGIN,
                    "two origins have the host " + origin.host() + ": their cookies could not be told apart",
                    "ORIGIN=https://edge.example.org,http://edge.lan");
        }
        if (isStrict && !origin.isHttps() && !origin.isLoopback() && !origin.isPrivate()) {
            reader.refuse(
                    ORIGIN,
                    origin + " is http and public: passwords and cookies would cross the network in the clear",
                    "ORIGIN=https://" + origin.host() + ", or ALLOW_INSECURE_ORIGIN=true");
        }
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
