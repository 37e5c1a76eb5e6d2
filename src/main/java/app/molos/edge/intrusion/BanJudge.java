package app.molos.edge.intrusion;

import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.LimitedLog;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what becomes of whoever filled a bucket: nothing but a line in the log, or a ban of a length. Thread-safe. */
final class BanJudge implements Detector.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(BanJudge.class);
    private static final LimitedLog LIMITED = new LimitedLog(LOG);
    private final IntrusionConfig config;
    private final NeverBanned never;
    private final BanTable table;
    private final LongFunction<Instant> time;
    private final BiConsumer<Ban, RequestFacts> banned;
    private final LoopGuard loop = new LoopGuard();
    private final LongAdder observed = new LongAdder();

    /**
     * @param time the time of day of a {@link RequestFacts#atMillis}
     * @param banned hears of each new ban, once it is in the table
     */
    BanJudge(
            IntrusionConfig config,
            NeverBanned never,
            BanTable table,
            LongFunction<Instant> time,
            BiConsumer<Ban, RequestFacts> banned) {
        this.config = config;
        this.never = never;
        this.table = table;
        this.time = time;
        this.banned = banned;
    }

    LoopGuard loop() {
        return loop;
    }

    /** How often somebody would have been banned, and was not. */
    long observed() {
        return observed.sum();
    }

    @Override
    public void full(Scenario scenario, RequestFacts last, List<String> evidence) {
        String spared = spared(scenario, last);
        if (!spared.isEmpty()) {
            observed.increment();
            LIMITED.warn(
                    "spared " + scenario.name(),
                    "{} {} (scenario {}), and is not banned: {}",
                    last.subject(),
                    scenario.why(),
                    scenario.name(),
                    spared);
            return;
        }
        Instant now = time.apply(last.atMillis());
        Ban before = table.find(last.subject());
        if (before != null && before.isOn(now)) {
            return;
        }
        if (!loop.admits(ClientAddress.site(last.who().address()), last.atMillis())) {
            observed.increment();
            LIMITED.warn(
                    "loop",
                    "More bans than a site should have: scenarios only observe for ten minutes. The last was to be {} for {}",
                    last.subject(),
                    scenario.name());
            return;
        }
        int offences = (before == null ? 0 : before.offencesAt(now)) + 1;
        Ban ban = new Ban(
                last.subject(),
                Reference.next(),
                scenario.name(),
                offences,
                now,
                now.plus(Ban.lengthOf(offences)),
                evidence);
        if (table.put(ban, now)) {
            LOG.warn(
                    "{} is banned until {} (reference {}): it {} (scenario {}); back: molos-edge ban remove {}",
                    ban.subject(),
                    ban.until(),
                    ban.reference(),
                    scenario.why(),
                    scenario.name(),
                    ban.subject());
            banned.accept(ban, last);
        }
    }

    /** Why nobody is banned for it; empty when somebody is. */
    private String spared(Scenario scenario, RequestFacts last) {
        if (config.mode().of(scenario.mode()) != Scenario.Mode.ENFORCE) {
            return "the scenario only observes";
        }
        if (last.marks().isEmbedded()) {
            return "a page made a browser ask";
        }
        if (loop.isOpen(last.atMillis())) {
            return "too many were banned just now";
        }
        if (last.who().isSignedIn()) {
            String reason = never.whoever(last.who().address());
            return last.who().isAdmin() ? "it is an administrator" : reason == null ? "" : reason;
        }
        String reason = never.now(last.who().address());
        return reason == null ? "" : reason;
    }
}
