package app.molos.edge.http;

import app.molos.edge.ratelimit.Excess;
import app.molos.edge.ratelimit.Rate;
import app.molos.edge.ratelimit.RequestLimits;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.Decision;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Refuses what one address or person asks for too often, or too much of at once. It asks no database: a person counts as one
 * when the session is known from memory, a cookie that the edge has signed by itself until then, everybody else as an
 * address. So nobody who is signed in is kept out by what their neighbours do.
 */
final class LimitGuard implements RequestGuard {
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(LimitGuard.class));

    private static final int REMEMBERED = 64;

    private record Refused(Excess excess, HttpError error) {}

    private final @Nullable Refused[] refused = new Refused[REMEMBERED];
    private final RequestLimits limits;
    private final Function<String, @Nullable Rate> ofModule;

    /** @param ofModule the limit of its own that a module has, by the module's id; null when it has none */
    LimitGuard(RequestLimits limits, Function<String, @Nullable Rate> ofModule) {
        this.limits = limits;
        this.ofModule = ofModule;
    }

    @Override
    public Decision decide(HttpServerRequest request, RequestContext context) {
        String address = context.client();
        if (limits.scope().isExempt(address)) {
            return Decision.ALLOW;
        }
        String person = person(context);
        Future<Optional<Excess>> taken = taken(request, context, person);
        return taken.succeeded()
                ? judged(taken.result(), context, person)
                : Decision.when(taken.map(excess -> judged(excess, context, person)));
    }

    private Decision judged(Optional<Excess> excess, RequestContext context, @Nullable String person) {
        return excess.isPresent() ? beyond(excess.get(), context.client(), person != null) : entered(context, person);
    }

    /** What may be asked for is begun, if not too much of it is under way. */
    private Decision entered(RequestContext context, @Nullable String person) {
        String who = person == null ? ClientAddress.network(context.client()) : person;
        Excess excess = limits.enter(who);
        context.whenEnded(() -> limits.leave(who));
        return excess == null ? Decision.ALLOW : beyond(excess, context.client(), person != null);
    }

    private Decision beyond(Excess excess, String address, boolean isPerson) {
        // A person is a person, whatever stands in front.
        boolean isRefused = limits.scope().isEnforcedFor(isPerson ? "" : address);
        LIMITED.warn(
                excess.rate().name(),
                "{} is beyond {}{}",
                address,
                excess.rate().setting(),
                isRefused
                        ? ": 429"
                        : ", and is let through (limits.mode, or a proxy that TRUSTED_PROXIES does not list)");
        return isRefused ? Decision.refuse(refusal(excess)) : Decision.ALLOW;
    }

    /** Who is beyond a limit often asks again within the second, and is told the same. */
    private HttpError refusal(Excess excess) {
        int place = (int) excess.key() & (REMEMBERED - 1);
        Refused known = refused[place];
        if (known == null || !known.excess().isToldAs(excess)) {
            known = new Refused(excess, excess.refusal());
            refused[place] = known;
        }
        return known.error();
    }

    private Future<Optional<Excess>> taken(HttpServerRequest request, RequestContext context, @Nullable String person) {
        int cost = context.target().isCheap() || request.headers().contains(HttpHeaders.IF_NONE_MATCH)
                ? Rate.CHEAP
                : Rate.COST;
        String module = context.target().module();
        Rate own = module.isEmpty() ? null : ofModule.apply(module);
        if (own != null) {
            return limits.ofModule(own, person != null ? person : ClientAddress.network(context.client()), cost);
        }
        if (person == null) {
            return limits.ofAddress(context.client(), cost);
        }
        return context.recognized() != null
                ? limits.ofPerson(person, cost)
                : limits.ofReturning(person, context.client(), cost);
    }

    /** Who it is, or the token of a session that has to be looked up; null: nobody who was ever signed in. */
    private static @Nullable String person(RequestContext context) {
        return context.recognized() instanceof SignedIn known ? known.user().id() : context.token();
    }
}
