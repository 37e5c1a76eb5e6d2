package app.molos.edge.http;

import app.molos.edge.web.Decision;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Quoted;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.netty.util.NetUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Set;
import org.slf4j.LoggerFactory;

/** Serves only names that are ours: a foreign Host is a rebinding attack, a poisoned cache, or a missing setting. */
public final class HostGuard implements RequestGuard {
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(HostGuard.class));
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final TrustedOrigins trusted;
    private final boolean isLoopbackFree;
    private final String served;

    HostGuard(SiteConfig site, TrustedOrigins trusted) {
        this.trusted = trusted;
        this.isLoopbackFree = !site.mode().isProduction();
        this.served = String.join(
                " and ", site.origins().all().stream().map(Origin::authority).toList());
    }

    @Override
    public Decision decide(HttpServerRequest request, RequestContext context) {
        String sent = String.valueOf(request.getHeader(HttpHeaders.HOST));
        if (trusted.containsAuthority(sent) || (isLoopbackFree && isLoopback(sent))) {
            return Decision.ALLOW;
        }
        String host = Quoted.of(sent);
        LIMITED.warn(
                "host",
                "Host {} is not served here: this edge serves {}. If people use that name, write: ORIGIN=https://{}, or add it to"
                        + " CSRF_TRUSTED_ORIGINS; if a reverse proxy in front replaces the name, let it pass Host on",
                host,
                served,
                host);
        return Decision.refuse(HttpError.of(
                        421,
                        "MISDIRECTED_REQUEST",
                        "The request is for the host " + host + ", which this edge does not serve. It serves " + served
                                + "; set ORIGIN, or add the other address to CSRF_TRUSTED_ORIGINS.")
                .withLimit(SiteConfig.TRUSTED_ORIGINS.name()));
    }

    /** Whether a Host is a loopback name, on any port. */
    static boolean isLoopback(String host) {
        return LOOPBACK_NAMES.contains(name(host));
    }

    /** Whether a Host is an address or a loopback name: nothing that somebody else's DNS could point at us. */
    public static boolean isLiteral(String host) {
        String name = name(host);
        return LOOPBACK_NAMES.contains(name)
                || NetUtil.isValidIpV4Address(name)
                || (name.startsWith("[")
                        && name.endsWith("]")
                        && NetUtil.isValidIpV6Address(name.substring(1, name.length() - 1)));
    }

    private static String name(String host) {
        int colon = host.lastIndexOf(':');
        return (colon > host.lastIndexOf(']') ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
    }
}
