package app.molos.edge.http;

import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.intrusion.RequestFacts;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.RequestContext;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the intrusion guard of requests, once they were answered. Confined to one event loop. */
final class RequestWitness {
    private static final Logger LOG = LoggerFactory.getLogger(RequestWitness.class);
    /** What the edge refuses because of what came before is no evidence of anything. */
    private static final Set<String> OWN_DOING =
            Set.of("BANNED", "TOO_MANY_REQUESTS", "OVERLOADED", "DATABASE_UNAVAILABLE", "MODULE_CIRCUIT_OPEN");

    private static final CharSequence FETCH_SITE = HttpHeaders.createOptimized("sec-fetch-site");

    private final IntrusionService intrusion;
    private final SessionReader sessions;

    RequestWitness(IntrusionService intrusion, SessionReader sessions) {
        this.intrusion = intrusion;
        this.sessions = sessions;
    }

    /** Never fails: the request is over. */
    void saw(RequestContext context, HttpServerRequest request, int status) {
        if (!intrusion.isOn() || context.isProbe() || OWN_DOING.contains(context.code())) {
            return;
        }
        try {
            intrusion.see(facts(context, request, status));
        } catch (RuntimeException e) {
            LOG.warn("The intrusion guard could not look at request {}", context.id(), e);
        }
    }

    private RequestFacts facts(RequestContext context, HttpServerRequest request, int status) {
        SignedIn known = (SignedIn) context.recognized();
        boolean hasCookie = request.headers().contains(HttpHeaders.COOKIE);
        if (known == null && hasCookie) {
            // Looked up in the course of the request, it is known by now.
            known = sessions.known(request);
            if (known != null) {
                context.recognize(known);
            }
        }
        return new RequestFacts(
                intrusion.millis(),
                who(context.client(), known),
                line(context, request),
                status,
                context.code(),
                marks(context, request, hasCookie && known == null));
    }

    private static RequestFacts.Who who(String address, @Nullable SignedIn known) {
        return known == null
                ? RequestFacts.Who.anonymous(address)
                : new RequestFacts.Who(
                        address,
                        known.session().id(),
                        known.user().id(),
                        known.user().isAdmin());
    }

    private static RequestFacts.Line line(RequestContext context, HttpServerRequest request) {
        // CONNECT of HTTP/2 has none.
        String uri = request.uri() == null ? "" : request.uri();
        int query = uri.indexOf('?');
        String agent = request.headers().get(HttpHeaders.USER_AGENT);
        return new RequestFacts.Line(
                request.method().name(),
                query < 0 ? uri : uri.substring(0, query),
                context.path(),
                query < 0 ? "" : uri.substring(query + 1),
                agent == null ? "" : agent);
    }

    /** On plain http browsers do not say which page made them ask; an image's and a script's request still shows. */
    private static boolean isEmbedded(HttpServerRequest request) {
        String accept = request.headers().get(HttpHeaders.ACCEPT);
        return request.headers().contains(HttpHeaders.REFERER) || (accept != null && accept.startsWith("image/"));
    }

    private RequestFacts.Marks marks(RequestContext context, HttpServerRequest request, boolean mayBeForged) {
        String site = request.headers().get(FETCH_SITE);
        boolean isForged = mayBeForged && sessions.isForged(request);
        boolean isEmbedded = site == null ? isEmbedded(request) : !site.equals("none");
        return !isEmbedded && !isForged && context.account().isEmpty()
                ? RequestFacts.Marks.NONE
                : new RequestFacts.Marks(isEmbedded, "same-origin".equals(site), isForged, context.account());
    }
}
