package app.molos.edge.pages;

import app.molos.edge.auth.MailLinks;
import app.molos.edge.auth.SignInService;
import app.molos.edge.auth.SignUpService;
import app.molos.edge.auth.api.RequestThrottle;
import app.molos.edge.session.Client;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Signing in and out. */
final class SignInPages {
    private final SignUpService signUps;
    private final SignInService signIns;
    private final MailLinks links;
    private final PageContext parts;

    SignInPages(SignUpService signUps, SignInService signIns, MailLinks links, PageContext parts) {
        this.signUps = signUps;
        this.signIns = signIns;
        this.links = links;
        this.parts = parts;
    }

    /** {@code /edge}: to one's account, or to the door. */
    void home(RoutingContext ctx) {
        parts.whenSignedIn(ctx, "", me -> PageContext.redirect(ctx, EdgePaths.ACCOUNT));
    }

    void show(RoutingContext ctx) {
        String to = PageContext.query(ctx, "to");
        parts.sessions()
                .use(ctx.request())
                .compose(found -> {
                    if (found.isPresent()) {
                        PageContext.redirect(
                                ctx, ReturnTarget.of(to, parts.home().get()));
                        return Future.succeededFuture();
                    }
                    return signUps.door()
                            .compose(door -> signUps.isEmpty(door)
                                    .onSuccess(isEmpty -> {
                                        if (isEmpty) {
                                            PageContext.redirect(ctx, EdgePaths.WELCOME);
                                        } else {
                                            Page page = Page.of("Sign in")
                                                    .withNotice(notice(PageContext.query(ctx, "done")));
                                            render(
                                                    ctx,
                                                    200,
                                                    parts.trouble()
                                                            .foreseen(ctx.request())
                                                            .map(page::withProblem)
                                                            .orElse(page),
                                                    "",
                                                    to,
                                                    door);
                                        }
                                    })
                                    .mapEmpty());
                })
                .onFailure(ctx::fail);
    }

    void submit(RoutingContext ctx) {
        Form form = new Form(ctx);
        String to = form.text("to");
        parts.run(
                ctx,
                () -> {
                    String email = form.email();
                    RequestContext.of(ctx).setAccount(email);
                    String device = parts.sessions().device(ctx.request(), email);
                    return parts.throttle()
                            .admit(ctx, RequestThrottle.SIGN_IN, device)
                            .compose(v -> signIns.signIn(
                                    new SignInService.SignIn(
                                            email, form.text("password"), form.isChecked("remember"), device),
                                    Client.of(ctx)));
                },
                signedIn -> {
                    parts.sessions().issueNew(ctx.request(), signedIn);
                    PageContext.redirect(ctx, ReturnTarget.leadingTo(EdgePaths.LANDED, to));
                },
                (error, text) -> signUps.door()
                        .onSuccess(door -> render(
                                ctx,
                                error.status(),
                                PageContext.faulty(Page.of("Sign in"), error, text),
                                form.text("email"),
                                to,
                                door))
                        .onFailure(ctx::fail));
    }

    /**
     * One step between the form and where people go: only here can be seen whether the browser kept the cookie. If it
     * did not, this says why, instead of sending people round in a circle.
     */
    void landed(RoutingContext ctx) {
        parts.sessions()
                .use(ctx.request())
                .onSuccess(found -> {
                    if (found.isPresent()) {
                        PageContext.redirect(
                                ctx,
                                ReturnTarget.of(
                                        PageContext.query(ctx, "to"),
                                        parts.home().get()));
                    } else {
                        parts.renderer()
                                .notice(
                                        ctx,
                                        400,
                                        Page.of("You are not signed in")
                                                .withProblem(parts.trouble().explain(ctx.request())),
                                        "",
                                        ReturnTarget.leadingTo(EdgePaths.SIGN_IN, PageContext.query(ctx, "to")),
                                        "Back to signing in");
                    }
                })
                .onFailure(ctx::fail);
    }

    void showOut(RoutingContext ctx) {
        parts.whenSignedIn(
                ctx,
                "",
                me -> parts.renderer()
                        .send(
                                ctx,
                                200,
                                "sign-out",
                                Map.of(
                                        "page",
                                        Page.of("Sign out"),
                                        "name",
                                        me.user().name(),
                                        "token",
                                        parts.tokens().make(me, EdgePaths.SIGN_OUT))));
    }

    void submitOut(RoutingContext ctx) {
        parts.withValidFormToken(
                ctx,
                "",
                me -> parts.sessions()
                        .end(ctx.request())
                        .onSuccess(v -> PageContext.redirect(ctx, EdgePaths.SIGN_IN + "?done=out"))
                        .onFailure(ctx::fail));
    }

    private void render(RoutingContext ctx, int status, Page page, String email, String to, SignUpService.Door door) {
        parts.renderer()
                .send(
                        ctx,
                        status,
                        "sign-in",
                        Map.of(
                                "page",
                                page,
                                "email",
                                email,
                                "to",
                                ReturnTarget.of(to, ""),
                                "hasSignUp",
                                door == SignUpService.Door.OPEN,
                                "hasMail",
                                links.isOn()));
    }

    private static String notice(String done) {
        return switch (done) {
            case "out" -> "You are signed out.";
            case "password" -> "Your new password is set. Sign in with it.";
            case "deleted" -> "Your account is deleted.";
            default -> "";
        };
    }
}
