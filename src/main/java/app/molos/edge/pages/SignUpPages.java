package app.molos.edge.pages;

import app.molos.edge.auth.SignUpService;
import app.molos.edge.session.Client;
import app.molos.edge.web.EdgePaths;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** The first owner, and everybody after. */
final class SignUpPages {
    private final SignUpService signUps;
    private final PageContext parts;

    SignUpPages(SignUpService signUps, PageContext parts) {
        this.signUps = signUps;
        this.parts = parts;
    }

    /** Gone once somebody owns the installation. */
    void welcome(RoutingContext ctx) {
        signUps.door()
                .onSuccess(door -> {
                    if (isSetup(door)) {
                        Page page = Page.of("Welcome");
                        render(
                                ctx,
                                200,
                                "welcome",
                                parts.trouble()
                                        .foreseen(ctx.request())
                                        .map(page::withProblem)
                                        .orElse(page),
                                "",
                                "",
                                "",
                                "",
                                door);
                    } else {
                        PageContext.redirect(ctx, EdgePaths.SIGN_IN);
                    }
                })
                .onFailure(ctx::fail);
    }

    void submitWelcome(RoutingContext ctx) {
        submit(ctx, "welcome", "Welcome");
    }

    void show(RoutingContext ctx) {
        signUps.door()
                .onSuccess(door -> {
                    if (isSetup(door)) {
                        PageContext.redirect(ctx, EdgePaths.WELCOME);
                    } else if (door == SignUpService.Door.CLOSED) {
                        parts.renderer()
                                .notice(
                                        ctx,
                                        200,
                                        Page.of("Signing up is closed"),
                                        "Accounts here are made by the operator of this site: ask them for one.",
                                        EdgePaths.SIGN_IN,
                                        "Sign in");
                    } else {
                        render(
                                ctx,
                                200,
                                "sign-up",
                                Page.of("Sign up"),
                                "",
                                "",
                                PageContext.query(ctx, "to"),
                                PageContext.query(ctx, "invite"),
                                door);
                    }
                })
                .onFailure(ctx::fail);
    }

    void submit(RoutingContext ctx) {
        submit(ctx, "sign-up", "Sign up");
    }

    private void submit(RoutingContext ctx, String template, String title) {
        Form form = new Form(ctx);
        String to = form.text("to");
        parts.run(
                ctx,
                () -> parts.admit(ctx, "/sign-up/email")
                        .compose(v -> signUps.signUp(read(form), Client.of(ctx), EdgePaths.ACCOUNT + "?done=verified")),
                signedUp -> signedUp.signedIn()
                        .ifPresentOrElse(
                                signedIn -> {
                                    parts.sessions().issueNew(ctx.request(), signedIn);
                                    PageContext.redirect(ctx, ReturnTarget.leadingTo(EdgePaths.LANDED, to));
                                },
                                () -> askToVerify(ctx, signedUp.user().email())),
                (error, text) -> signUps.door()
                        .onSuccess(door -> render(
                                ctx,
                                error.status(),
                                template,
                                PageContext.faulty(Page.of(title), error, text),
                                form.text("name"),
                                form.text("email"),
                                to,
                                form.text("invite"),
                                door))
                        .onFailure(ctx::fail));
    }

    private static SignUpService.NewUser read(Form form) {
        return new SignUpService.NewUser(
                form.name(),
                form.email(),
                form.newPassword(),
                null,
                true,
                form.text("setupToken").strip(),
                form.text("invite"));
    }

    private void askToVerify(RoutingContext ctx, String email) {
        parts.renderer()
                .notice(
                        ctx,
                        200,
                        Page.of("One more step"),
                        "A link was mailed to " + email + ". Open it, then sign in.",
                        EdgePaths.SIGN_IN,
                        "Sign in");
    }

    private void render(
            RoutingContext ctx,
            int status,
            String template,
            Page page,
            String name,
            String email,
            String to,
            String invite,
            SignUpService.Door door) {
        parts.renderer()
                .send(
                        ctx,
                        status,
                        template,
                        Map.of(
                                "page", page,
                                "name", name,
                                "email", email,
                                "to", ReturnTarget.of(to, ""),
                                "invite", invite,
                                "needsToken", door == SignUpService.Door.SETUP_WITH_TOKEN));
    }

    private static boolean isSetup(SignUpService.Door door) {
        return door == SignUpService.Door.SETUP || door == SignUpService.Door.SETUP_WITH_TOKEN;
    }
}
