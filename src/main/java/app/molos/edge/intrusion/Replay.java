package app.molos.edge.intrusion;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.UnlistedProxies;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs past access logs through scenarios, as a sandbox: the same detector and the same judge on the log's own time, and
 * bans that nobody gets. Blocking.
 */
public final class Replay {
    /** One ban that there would have been. */
    public record WouldBe(Ban ban, boolean hadSignedIn, int refused) {}

    /**
     * What came out.
     *
     * @param unreadable lines that are none of an access log
     * @param blind scenarios that look at what no access log has: queries and cookies
     */
    public record Outcome(
            long lines,
            long unreadable,
            long spared,
            Instant first,
            Instant last,
            List<WouldBe> bans,
            List<String> blind) {}

    private final BanTable table = new BanTable();
    private final List<Ban> bans = new ArrayList<>();
    private final Set<String> signedIn = new HashSet<>();
    private final Map<String, Integer> refused = new HashMap<>();
    private final NeverBanned never;
    private final BanJudge judge;
    private final Detector detector;
    private long now;
    private long lines;
    private long unreadable;
    private Instant first = Instant.EPOCH;

    /** @param config with the scenarios to try; problems with them are recorded and make the outcome worth nothing */
    public Replay(IntrusionConfig config, List<Cidr> trustedProxies, ConfigProblems problems) {
        never = new NeverBanned(
                config, trustedProxies, new UnlistedProxies(), () -> TimeUnit.MILLISECONDS.toNanos(now));
        judge = new BanJudge(config, never, table, Instant::ofEpochMilli, (ban, facts) -> bans.add(ban));
        detector = new Detector(ScenarioFile.read(config.scenarios(), problems), judge);
    }

    /**
     * Reads the log from its first line to its last.
     *
     * @param progress hears of how many lines are read, now and then
     */
    public Outcome run(Path log, LongConsumer progress) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(log, StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines++;
                if (!see(line) && !line.contains("\"leftOut\"")) {
                    unreadable++;
                }
                if (lines % 50_000 == 0) {
                    progress.accept(lines);
                }
            }
        }
        List<WouldBe> wouldBe = bans.stream()
                .map(ban ->
                        new WouldBe(ban, signedIn.contains(ban.subject()), refused.getOrDefault(ban.reference(), 0)))
                .toList();
        List<String> blind = detector.scenarios().all().stream()
                .filter(s -> s.mode() != Scenario.Mode.OFF && s.needsMoreThanALog())
                .map(Scenario::name)
                .toList();
        return new Outcome(lines, unreadable, judge.observed(), first, Instant.ofEpochMilli(now), wouldBe, blind);
    }

    private boolean see(String line) {
        RequestFacts facts = facts(line);
        if (facts == null) {
            return false;
        }
        RequestFacts.Who who = facts.who();
        String network = ClientAddress.network(who.address());
        if (who.isSignedIn()) {
            never.signedIn(who.address(), who.person(), false);
            signedIn.add(network);
            signedIn.add(facts.subject());
        }
        Ban ban = who.isSignedIn() ? null : table.ofAddress(who.address());
        if (ban != null && ban.isOn(Instant.ofEpochMilli(facts.atMillis()))) {
            // What a ban would have refused is no evidence.
            refused.merge(ban.reference(), 1, Integer::sum);
        } else {
            judge.loop().saw(network, facts.atMillis());
            detector.see(facts);
        }
        return true;
    }

    private @Nullable RequestFacts facts(String line) {
        try {
            JsonObject json = new JsonObject(line);
            Instant time = Instant.parse(json.getString("time", ""));
            // Lines of several event loops are a little out of order.
            now = Math.max(now, time.toEpochMilli());
            first = first.equals(Instant.EPOCH) ? time : first;
            String client = json.getString("client");
            String path = json.getString("path");
            if (client == null || path == null) {
                return null;
            }
            String person = json.getString("person", "");
            String site = json.getString("site", "");
            String code = json.getString("code", "");
            return new RequestFacts(
                    now,
                    // A log has no sessions: a person is theirs.
                    new RequestFacts.Who(client, person, person, false),
                    new RequestFacts.Line(json.getString("method", ""), path, "", "", json.getString("agent", "")),
                    json.getInteger("status", 0),
                    "BANNED".equals(code) ? "" : code,
                    new RequestFacts.Marks(
                            !site.isEmpty() && !site.equals("none"), "same-origin".equals(site), false, ""));
        } catch (DecodeException | DateTimeException | ClassCastException e) {
            return null;
        }
    }
}
