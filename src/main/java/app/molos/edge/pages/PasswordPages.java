package app.molos.edge.pages;

import app.molos.edge.auth.MailLinks;
import app.molos.edge.auth.api.RequestThrottle;
import app.molos.edge.web.EdgePaths;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** A forgotten password: asking for the link, and following it. */
final class PasswordPages {
    private static final String LINK_ENDED = "This link was used already, or its time is over.";

    private final MailLinks links;
    private final PageContext parts;

    PasswordPages(MailLinks links, PageContext parts) {
        this.links = links;
        this.parts = parts;
    }

    void showForgot(RoutingContext ctx) {
        if (links.isOn()) {
            renderForgot(ctx, 200, Page.of("Forgotten password"), "");
        } else {
            parts.renderer()
                    .notice(
                            ctx,
                            200,
                            Page.of("Forgotten password"),
                            "This site sends no mail. Its operator can set a new password for you.",
                            EdgePaths.SIGN_IN,
                            "Back to signing in");
        }
    }

    /** Says the same for every address. */
    void submitForgot(RoutingContext ctx) {
        Form form = new Form(ctx);
        parts.run(
                ctx,
                () -> parts.admitAddressed(ctx, RequestThrottle.REQUEST_RESET, form.text("email"))
                        .map(v -> {
                            String email = form.email();
                            if (links.isOn()) {
                                links.requestReset(email, "");
                            }
                            return email;
                        }),
                email -> parts.renderer()
                        .notice(
                                ctx,
                                200,
                                Page.of("Look into your mailbox"),
                                "If somebody here has the address " + email + ", a link is on its way. It works once.",
                                EdgePaths.SIGN_IN,
                                "Back to signing in"),
                (error, text) -> renderForgot(
                        ctx,
                        error.status(),
                        PageContext.faulty(Page.of("Forgotten password"), error, text),
                        form.text("email")));
    }

    void showNew(RoutingContext ctx) {
        String token = PageContext.query(ctx, "token");
        Future<Boolean> isGood = token.isEmpty() ? Future.succeededFuture(false) : links.isResetToken(token);
        isGood.onSuccess(good -> {
                    if (good) {
                        renderNew(ctx, 200, Page.of("New password"), token);
                    } else {
                        renderEnded(ctx);
                    }
                })
                .onFailure(ctx::fail);
    }

    void submitNew(RoutingContext ctx) {
        Form form = new Form(ctx);
        parts.run(
                ctx,
                () -> parts.admit(ctx, "/reset-password")
                        .compose(v -> links.reset(form.text("reset"), form.newPassword())),
                v -> PageContext.redirect(ctx, EdgePaths.SIGN_IN + "?done=password"),
                (error, text) -> {
                    if (error.code().equals("INVALID_TOKEN")) {
                        renderEnded(ctx);
                    } else {
                        renderNew(
                                ctx,
                                error.status(),
                                PageContext.faulty(Page.of("New password"), error, text),
                                form.text("reset"));
                    }
                });
    }

    /** A page with a button: what reads mail for people opens links, and must not take anything back. */
    void showUndo(RoutingContext ctx) {
        String token = PageContext.query(ctx, "token");
        Future<Boolean> isGood = token.isEmpty() ? Future.succeededFuture(false) : links.isUndoToken(token);
        isGood.onSuccess(good -> {
                    if (good) {
                        parts.renderer()
                                .send(
                                        ctx,
                                        200,
                                        "undo-address",
                                        Map.of("page", Page.of("Take your address back"), "undo", token));
                    } else {
                        renderUndoEnded(ctx);
                    }
                })
                .onFailure(ctx::fail);
    }

    void submitUndo(RoutingContext ctx) {
        Form form = new Form(ctx);
        parts.run(
                ctx,
                () -> parts.admit(ctx, "/reset-password").compose(v -> links.undoChange(form.text("undo"))),
                v -> parts.renderer()
                        .notice(
                                ctx,
                                200,
                                Page.of("Your address is back").withNotice("All sessions of your account have ended."),
                                "Choose a new password now: the one who changed your address knew the old one, or had a session of yours.",
                                EdgePaths.FORGOT,
                                "Choose a new password"),
                (error, text) -> renderUndoEnded(ctx));
    }

    private void renderUndoEnded(RoutingContext ctx) {
        parts.renderer()
                .notice(
                        ctx,
                        400,
                        Page.of("Take your address back").withProblem(LINK_ENDED),
                        "The operator of this site can set your address.",
                        EdgePaths.SIGN_IN,
                        "Sign in");
    }

    private void renderForgot(RoutingContext ctx, int status, Page page, String email) {
        parts.renderer().send(ctx, status, "forgot", Map.of("page", page, "email", email));
    }

    private void renderNew(RoutingContext ctx, int status, Page page, String token) {
        parts.renderer().send(ctx, status, "new-password", Map.of("page", page, "reset", token));
    }

    private void renderEnded(RoutingContext ctx) {
        parts.renderer()
                .notice(
                        ctx,
                        400,
                        Page.of("New password").withProblem(LINK_ENDED),
                        "",
                        EdgePaths.FORGOT,
                        "Ask for another link");
    }
}
