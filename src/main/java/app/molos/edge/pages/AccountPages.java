package app.molos.edge.pages;

import app.molos.edge.auth.AccountService;
import app.molos.edge.auth.MailLinks;
import app.molos.edge.session.Actor;
import app.molos.edge.session.Client;
import app.molos.edge.session.SessionRecord;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** One's own account: name, password, sessions, and leaving. */
public final class AccountPages {
    private static final String PAGE = EdgePaths.ACCOUNT;

    private final AccountService account;
    private final MailLinks links;
    private final PageContext parts;

    AccountPages(AccountService account, MailLinks links, PageContext parts) {
        this.links = links;
        this.account = account;
        this.parts = parts;
    }

    void show(RoutingContext ctx) {
        parts.whenSignedIn(ctx, PAGE, me -> render(ctx, 200, me, notice(PageContext.query(ctx, "done")), "", ""));
    }

    void submitName(RoutingContext ctx) {
        act(ctx, "name", me -> account.update(me, new UserChange().name(new Form(ctx).name())));
    }

    void submitAddress(RoutingContext ctx) {
        Form form = new Form(ctx);
        act(
                ctx,
                "address",
                me -> parts.admit(ctx, "/change-email", me).compose(v -> {
                    String email = form.email();
                    if (!links.isOn() || email.equals(me.user().email())) {
                        throw HttpError.of(
                                400,
                                "EMAIL",
                                links.isOn() ? "That is your address already." : "This site sends no mail.");
                    }
                    return account.proveForNewAddress(me, form.text("current"), Client.of(ctx))
                            .onSuccess(proved -> links.requestChange(me.user(), email, PAGE + "?done=moved"));
                }));
    }

    void submitPassword(RoutingContext ctx) {
        Form form = new Form(ctx);
        act(
                ctx,
                "password",
                me -> parts.admit(ctx, "/change-password", me)
                        .compose(v ->
                                account.changePassword(me, form.text("current"), form.newPassword(), Client.of(ctx))));
    }

    void submitEndOne(RoutingContext ctx) {
        act(
                ctx,
                "ended",
                me -> parts.sessions()
                        .service()
                        .endOne(Actor.self(me), me.user().id(), new Form(ctx).storable("session")));
    }

    void submitEndOthers(RoutingContext ctx) {
        act(
                ctx,
                "others",
                me -> parts.sessions()
                        .service()
                        .endAll(Actor.self(me), me.user().id(), me.session().id()));
    }

    void submitDelete(RoutingContext ctx) {
        parts.withValidFormToken(
                ctx,
                PAGE,
                me -> parts.run(
                        ctx,
                        () -> parts.admit(ctx, "/delete-user", me)
                                .compose(v -> account.delete(me, new Form(ctx).text("password"), Client.of(ctx))),
                        v -> {
                            parts.sessions().forget(ctx.request());
                            PageContext.redirect(ctx, EdgePaths.SIGN_IN + "?done=deleted");
                        },
                        (error, text) -> render(ctx, error.status(), me, "", text, "delete-password")));
    }

    private void act(RoutingContext ctx, String done, Function<SignedIn, Future<?>> work) {
        parts.withValidFormToken(
                ctx,
                PAGE,
                me -> parts.run(
                        ctx,
                        () -> work.apply(me).map(result -> (Object) done),
                        v -> PageContext.redirect(ctx, PAGE + "?done=" + done),
                        (error, text) -> render(ctx, error.status(), me, "", text, fieldOf(done, error))));
    }

    /** The page has several forms: which field is meant is told by the one that was sent, too. */
    private static String fieldOf(String form, HttpError error) {
        String field = PageContext.faulty(Page.of(""), error, "").field();
        return switch (form) {
            case "address" -> field.equals("email") ? "new-address" : field.equals("current") ? "address-password" : "";
            case "password" -> field;
            case "name" -> field;
            default -> "";
        };
    }

    private void render(RoutingContext ctx, int status, SignedIn me, String notice, String problem, String field) {
        Future.all(
                        account.find(me.user().id()),
                        parts.sessions().service().list(me.user().id()))
                .onSuccess(both -> {
                    Optional<UserRecord> user = both.resultAt(0);
                    List<SessionRecord> sessions = both.resultAt(1);
                    parts.renderer()
                            .send(
                                    ctx,
                                    status,
                                    "account",
                                    Map.of(
                                            "page",
                                                    Page.of("Your account")
                                                            .signedIn()
                                                            .withNotice(notice)
                                                            .withProblem(problem, field),
                                            "user", user.orElse(me.user()),
                                            "sessions",
                                                    sessions.stream()
                                                            .map(s -> SessionRow.of(s, me))
                                                            .toList(),
                                            "hasMail", links.isOn(),
                                            "tokens",
                                                    (UnaryOperator<String>) action ->
                                                            parts.tokens().make(me, PAGE + action)));
                })
                .onFailure(ctx::fail);
    }

    private static String notice(String done) {
        return switch (done) {
            case "name" -> "Your name is changed.";
            case "password" -> "Your password is changed. Your other sessions have ended.";
            case "ended" -> "That session has ended.";
            case "others" -> "All your other sessions have ended.";
            case "address" -> "A link is on its way. Open it to go on.";
            case "moved" -> "Thank you. If this was your old address, the next link is on its way to the new one.";
            case "verified" -> "Your address is confirmed.";
            default -> "";
        };
    }
}
