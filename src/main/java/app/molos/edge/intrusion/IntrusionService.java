package app.molos.edge.intrusion;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.db.Database;
import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.UnlistedProxies;
import com.github.benmanes.caffeine.cache.Ticker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The intrusion guard as a whole: sees requests, knows bans, and keeps them in step with the database, where commands and
 * other nodes write theirs. A database that is away costs no request anything. One per process; thread-safe.
 */
public final class IntrusionService {
    private static final Logger LOG = LoggerFactory.getLogger(IntrusionService.class);
    private static final int BATCH = 200;
    /** Clocks of nodes differ, and a batch takes its time. */
    private static final Duration OVERLAP = Duration.ofSeconds(15);

    private static final long NOTED_MILLIS = 60_000;
    private static final int NOTED = 1024;
    private static final Duration ADMIN_MEMORY = Duration.ofHours(24);
    private static final Duration LADDER_MEMORY = Duration.ofDays(14);

    private record Noted(long minute, String address, String person) {}

    private final AtomicReferenceArray<@Nullable Noted> noted = new AtomicReferenceArray<>(NOTED);
    private final Vertx vertx;
    private final IntrusionConfig config;
    private final Duration interval;
    private final Clock clock;
    private final BanStore store;
    private final BanTable table = new BanTable();
    private final NeverBanned never;
    private final BanJudge judge;
    private final Detector detector;
    private final long beganMillis;
    private final long beganNanos = System.nanoTime();
    private final ConcurrentHashMap<String, Ban> unwritten = new ConcurrentHashMap<>();
    private final AtomicBoolean isWriting = new AtomicBoolean();
    private final AtomicBoolean isReading = new AtomicBoolean();
    private volatile Future<Void> writing = Future.succeededFuture();
    private volatile Instant readUntil = Instant.EPOCH;

    /** @param interval between two looks at the database */
    public IntrusionService(
            Vertx vertx,
            Database database,
            IntrusionConfig config,
            List<Cidr> trustedProxies,
            UnlistedProxies unlisted,
            Duration interval,
            Clock clock) {
        this.vertx = vertx;
        this.config = config;
        this.interval = interval;
        this.clock = clock;
        this.beganMillis = clock.millis();
        this.store = new BanStore(database);
        this.never = new NeverBanned(config, trustedProxies, unlisted, Ticker.systemTicker());
        this.judge = new BanJudge(config, never, table, at -> clock.instant(), (ban, facts) -> write(ban));
        this.detector = new Detector(ScenarioFile.read(config.scenarios(), new ConfigProblems()), judge);
    }

    public boolean isOn() {
        return config.isOn();
    }

    /** The time for {@link RequestFacts}: it does not go back when the time of day does. */
    public long millis() {
        return beganMillis + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
    }

    /** Returns the ban that an address is under, or null. */
    public @Nullable Ban ofAddress(String address) {
        Ban ban = isOn() ? table.ofAddress(address) : null;
        // Of a /64 one may be listed, and a list may be younger than a ban.
        return ban == null || !ban.isOn(clock.instant()) || never.isAlways(address) ? null : ban;
    }

    /** Returns the ban that a session is under, or null. */
    public @Nullable Ban ofSession(String id) {
        Ban ban = isOn() ? table.ofSession(id) : null;
        return ban == null || !ban.isOn(clock.instant()) ? null : ban;
    }

    /** Whether any session is banned, or ever was: then a request's own has to be looked up. */
    public boolean bansSessions() {
        return table.hasSessions() && isOn();
    }

    /** Refuses a request of somebody who is banned. */
    public HttpError refusal(Ban ban) {
        return ban.refusal(clock.instant());
    }

    /** Looks at a request that was answered; for the event loop, it waits for nothing. */
    public void see(RequestFacts facts) {
        if (!isNoted(facts)) {
            RequestFacts.Who who = facts.who();
            if (who.isSignedIn()) {
                never.signedIn(who.address(), who.person(), who.isAdmin());
            }
            judge.loop().saw(ClientAddress.network(who.address()), facts.atMillis());
        }
        detector.see(facts);
    }

    /** Whether the same person at the same address was noted within this minute: it is for every request. */
    private boolean isNoted(RequestFacts facts) {
        RequestFacts.Who who = facts.who();
        long minute = facts.atMillis() / NOTED_MILLIS;
        int place = (who.address().hashCode() * 31 + who.person().hashCode()) & (NOTED - 1);
        Noted last = noted.get(place);
        if (last != null
                && last.minute() == minute
                && last.address().equals(who.address())
                && last.person().equals(who.person())) {
            return true;
        }
        noted.set(place, new Noted(minute, who.address(), who.person()));
        return false;
    }

    /** Bans that are on now. */
    public int banned() {
        return table.isEmpty() ? 0 : table.on(clock.instant()).size();
    }

    /** How often somebody would have been banned, and was not. */
    public long observed() {
        return judge.observed();
    }

    /** Whether scenarios only observe now, because they banned too many. */
    public boolean isPaused() {
        return judge.loop().isOpen(millis());
    }

    /** Goes by what the file of scenarios says now; with problems in it, by what it said before. Blocking. */
    public List<ConfigProblems.Problem> reload() {
        ConfigProblems problems = new ConfigProblems();
        Scenarios read = ScenarioFile.read(config.scenarios(), problems);
        if (problems.isEmpty()) {
            detector.use(read);
        }
        return problems.all();
    }

    /** Reads the bans there are, and keeps in step until Vert.x is closed. */
    public Future<Void> start() {
        if (!isOn()) {
            return Future.succeededFuture();
        }
        Instant now = clock.instant();
        readUntil = now.minus(OVERLAP);
        return store.known(now.minus(LADDER_MEMORY), now)
                .map(bans -> take(bans))
                .compose(v -> store.administrators(now.minus(ADMIN_MEMORY)))
                .map(addresses -> {
                    addresses.forEach(never::administratorFrom);
                    vertx.setPeriodic(interval.toMillis(), t -> flush().compose(v -> read()));
                    return null;
                });
    }

    /** Writes all bans that are new, before the database closes. Never fails. */
    public Future<Void> close() {
        return writing.otherwiseEmpty().compose(v -> {
            int before = unwritten.size();
            return flush().compose(w ->
                    unwritten.isEmpty() || unwritten.size() >= before ? Future.succeededFuture() : close());
        });
    }

    private Future<Void> flush() {
        if (unwritten.isEmpty() || !isWriting.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        List<Ban> batch = new ArrayList<>(unwritten.values());
        List<Ban> some = batch.subList(0, Math.min(BATCH, batch.size()));
        writing = store.save(some, clock.instant())
                .onSuccess(v -> some.forEach(ban -> unwritten.remove(ban.subject(), ban)))
                .onFailure(e -> LOG.debug("Bans are not written yet", e))
                .onComplete(v -> isWriting.set(false))
                .otherwiseEmpty();
        return writing;
    }

    /** Removes bans that ended long ago. */
    public Future<Void> sweep() {
        return store.sweep(clock.instant());
    }

    private Future<Void> read() {
        if (!isReading.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        Instant begun = clock.instant();
        // A clock that ran ahead and was set back must not skip what is written meanwhile.
        Instant from = readUntil.isAfter(begun) ? begun.minus(OVERLAP) : readUntil;
        return store.changedSince(from)
                .onSuccess(bans -> {
                    take(bans);
                    readUntil = begun.minus(OVERLAP);
                })
                .onFailure(e -> LOG.debug("Bans of others are not read yet", e))
                .onComplete(v -> isReading.set(false))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** What is read was written by somebody; what is not written yet is newer. */
    private @Nullable Void take(List<Ban> bans) {
        Instant now = clock.instant();
        for (Ban ban : bans) {
            if (!unwritten.containsKey(ban.subject())) {
                table.put(ban, now);
            }
        }
        return null;
    }

    private void write(Ban ban) {
        unwritten.put(ban.subject(), ban);
    }
}
