package app.molos.edge.proxy;

import app.molos.edge.assertions.Assertions;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.proxy.upstream.UpstreamGroups;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionService;
import app.molos.edge.web.SecurityHeaders;
import app.molos.edge.web.SiteConfig;
import java.util.Optional;
import java.util.function.Function;

/**
 * The parts of forwarding that all event loops share.
 *
 * @param home where {@code /} leads when no module is there, by the list of modules
 */
public record ProxyParts(
        UpstreamGroups groups,
        Function<ModuleRegistry, Optional<String>> home,
        SessionService sessions,
        Assertions assertions,
        SecurityHeaders securityHeaders,
        SessionCookies cookies,
        SiteConfig site,
        ProxyConfig config) {}
