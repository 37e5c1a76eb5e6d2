package app.molos.edge.pages;

import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Navigation;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The page at {@code /} where no module is: the way in, and the modules that the visitor may open. */
public final class FrontPage {
    private final PageContext parts;
    private final Supplier<List<AppLink>> modules;

    FrontPage(PageContext parts, Supplier<List<AppLink>> modules) {
        this.parts = parts;
        this.modules = modules;
    }

    /** Programs get the 404 that they would expect. */
    public void show(RoutingContext ctx) {
        if (!Navigation.is(ctx.request())) {
            ctx.fail(404);
            return;
        }
        parts.sessions()
                .use(ctx.request())
                .onSuccess(found -> {
                    Page page = Page.of("Welcome");
                    parts.renderer()
                            .send(
                                    ctx,
                                    200,
                                    "front",
                                    Map.of(
                                            "page", found.isPresent() ? page.signedIn() : page,
                                            "name",
                                                    found.map(me -> me.user().name())
                                                            .orElse(""),
                                            "modules",
                                                    modules.get().stream()
                                                            .filter(link -> isOpen(link, found))
                                                            .toList()));
                })
                .onFailure(ctx::fail);
    }

    private static boolean isOpen(AppLink link, Optional<SignedIn> found) {
        return switch (link.access()) {
            case PUBLIC -> true;
            case USER -> found.isPresent();
            case ADMIN -> found.isPresent() && found.get().user().isAdmin();
        };
    }
}
