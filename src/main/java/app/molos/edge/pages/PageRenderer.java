package app.molos.edge.pages;

import app.molos.edge.web.ReadMethod;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.Map;

/**
 * Fills a template, compiled at build time, and sends it under a policy that allows our stylesheet, our forms and no
 * script.
 */
public final class PageRenderer {
    private static final CharSequence HTML = HttpHeaders.createOptimized("text/html; charset=utf-8");
    private static final CharSequence CSP_NAME = HttpHeaders.createOptimized("content-security-policy");
    private static final CharSequence CSP = HttpHeaders.createOptimized(
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");

    /** Where no site is known: the management listener. */
    private static final String PRODUCT = "MoLOS Edge";

    private final TemplateEngine engine = TemplateEngine.createPrecompiled(ContentType.Html);
    private final String site;

    public PageRenderer() {
        this(PRODUCT);
    }

    /** @param site what this site is called */
    public PageRenderer(String site) {
        this.site = site;
    }

    void send(RoutingContext ctx, int status, String template, Map<String, Object> model) {
        send(ctx.request(), status, template, model);
    }

    /** Sends a page that says one thing and leads on. */
    void notice(RoutingContext ctx, int status, Page page, String text, String link, String label) {
        send(ctx, status, "notice", Map.of("page", page, "text", text, "link", link, "label", label));
    }

    /** Sends the page of a failure, where a page was asked for. */
    public void sendError(HttpServerRequest request, int status, String title, String text, String requestId) {
        send(request, status, "error", Map.of("page", Page.of(title), "text", text, "requestId", requestId));
    }

    private void send(HttpServerRequest request, int status, String template, Map<String, Object> model) {
        StringOutput output = new StringOutput();
        Map<String, Object> named = new HashMap<>(model);
        named.computeIfPresent("page", (key, page) -> ((Page) page).on(site));
        engine.render(template + ".jte", named, output);
        HttpServerResponse response = request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, HTML)
                .putHeader(CSP_NAME, CSP);
        if (ReadMethod.isHead(request)) {
            response.end();
        } else {
            response.end(output.toString());
        }
    }
}
