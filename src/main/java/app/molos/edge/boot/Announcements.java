package app.molos.edge.boot;

import app.molos.edge.mail.MailConfig.Encryption;
import app.molos.edge.web.Cidr;
import app.molos.edge.web.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Texts that are printed once, for the operator at the terminal. */
public final class Announcements {
    private Announcements() {}

    /** Lists what is less safe than it could be, each with the setting that makes it so. */
    static List<String> optOuts(EdgeConfig config) {
        List<String> lines = new ArrayList<>();
        if (config.mode().isProduction()) {
            config.site().origins().all().stream()
                    .filter(origin -> !origin.isHttps())
                    .forEach(origin -> lines.add("ORIGIN has " + origin
                            + ": passwords and cookies cross the network in the clear"
                            + (origin.isLoopback() || origin.isPrivate() ? "" : " (ALLOW_INSECURE_ORIGIN)")));
        }
        config.site().trustedProxies().stream()
                .filter(Cidr::isWide)
                .forEach(block -> lines.add("TRUSTED_PROXIES has " + block
                        + ": everybody in it may say who they are; list the proxies alone"));
        config.http().inbound().proxyProtocolPeers().stream()
                .filter(Cidr::isWide)
                .forEach(block -> lines.add("PROXY_PROTOCOL_PEERS has " + block
                        + ": everybody in it may say who they are; list the balancers alone"));
        if (!config.accounts().throttle().isOn()) {
            lines.add("AUTH_THROTTLE is false: passwords can be guessed as fast as they can be hashed");
        }
        if (config.accounts().secrets().acceptsLegacyCookies()) {
            lines.add(
                    "AUTH_ACCEPT_LEGACY_COOKIES is true: MoLOS's cookies sign in too; turn it off when everybody has moved");
        }
        config.accounts()
                .mail()
                .server()
                .filter(s -> s.encryption() == Encryption.NONE || s.encryption() == Encryption.OPTIONAL)
                .ifPresent(s ->
                        lines.add("MAIL_URL has " + (s.encryption() == Encryption.NONE ? "tls=none" : "tls=optional")
                                + ": links that open accounts may cross the network in the clear"));
        return lines;
    }

    /** For an edge whose token somebody else printed. */
    static String setupElsewhere(Origin origin) {
        return """

                This edge has no owner yet. A setup token is out: another node printed it, or an earlier start of this one.

                    another one   molos-edge user setup-token   (the first is then good for nothing)

                    open          %s/edge/welcome
                """.formatted(origin);
    }

    public static String setup(Origin origin, String token, Duration life) {
        return """

                This edge has no owner yet. The first to sign up with this token becomes its administrator:

                    setup token   %s   (good for %d minutes, shown once)

                    open          %s/edge/welcome
                """.formatted(token, life.toMinutes(), origin);
    }
}
