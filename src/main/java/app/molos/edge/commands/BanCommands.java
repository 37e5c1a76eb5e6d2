package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.OfflineServices;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.intrusion.Ban;
import app.molos.edge.intrusion.BanRegister;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Lists, explains, makes and takes back bans; a running edge follows within a second or two. */
public final class BanCommands {
    private final Map<String, String> environment;
    private final Terminal terminal;

    BanCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    public int list(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            List<Ban> bans = offline(BanRegister::list);
            if (isJson) {
                JsonArray array = new JsonArray();
                bans.forEach(ban -> array.add(json(ban)));
                terminal.print(array.encodePrettily());
            } else if (bans.isEmpty()) {
                terminal.print("Nobody is banned.");
            } else {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("Who", "Reference", "Since", "Until", "Offences", "For"));
                bans.forEach(ban -> rows.add(List.of(
                        ban.subject(),
                        ban.reference(),
                        time(ban.since()),
                        time(ban.until()),
                        Integer.toString(ban.offences()),
                        Terminal.printable(ban.cause()))));
                terminal.table(rows);
            }
            return ExitCode.OK;
        });
    }

    public int add(String address, Duration length, String cause, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            Ban ban = offline(bans -> bans.add(address, length, cause));
            terminal.print(
                    isJson
                            ? json(ban).encodePrettily()
                            : ban.subject() + " is banned until " + time(ban.until()) + ", reference " + ban.reference()
                                    + ".");
            return ExitCode.OK;
        });
    }

    public int remove(String what, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            Ban ban = find(what);
            offline(bans -> bans.pardon(List.of(ban)));
            terminal.print(
                    isJson
                            ? new JsonObject().put("removed", ban.subject()).encodePrettily()
                            : ban.subject() + " may come in again.");
            return ExitCode.OK;
        });
    }

    public int pardonAll(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            int count =
                    offline(bans -> bans.list().compose(all -> bans.pardon(all).map(all.size())));
            terminal.print(
                    isJson
                            ? new JsonObject().put("removed", count).encodePrettily()
                            : count == 1 ? "One ban is taken back." : count + " bans are taken back.");
            return ExitCode.OK;
        });
    }

    public int explain(String what, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            Ban ban = find(what);
            if (isJson) {
                terminal.print(json(ban).encodePrettily());
                return ExitCode.OK;
            }
            boolean isOn = ban.isOn(Instant.now());
            terminal.print(
                    "  " + ban.subject() + (isOn ? " is banned until " + time(ban.until()) : " is not banned any more")
                            + ", reference " + ban.reference());
            terminal.print("  for " + Terminal.printable(ban.cause()) + ", since " + time(ban.since()) + ", offence "
                    + ban.offences());
            terminal.print("");
            terminal.print("  What filled the bucket:");
            ban.evidence().forEach(line -> terminal.print("    " + Terminal.printable(line)));
            if (isOn) {
                terminal.print("");
                terminal.print("  Back: molos-edge ban remove " + ban.subject());
            }
            return ExitCode.OK;
        });
    }

    private Ban find(String what) {
        return offline(bans -> bans.find(what))
                .orElseThrow(() -> new Refusal(
                        ExitCode.REFUSED,
                        "\"" + Terminal.printable(what) + "\" is banned nowhere. `ban list` shows who is."));
    }

    private <T> T offline(Function<BanRegister, Future<T>> work) {
        return OfflineServices.run(EdgeConfig.read(environment), parts -> work.apply(parts.bans()));
    }

    private static JsonObject json(Ban ban) {
        return new JsonObject()
                .put("subject", ban.subject())
                .put("reference", ban.reference())
                .put("cause", ban.cause())
                .put("offences", ban.offences())
                .put("since", ban.since().toString())
                .put("until", ban.until().toString())
                .put("isOn", ban.isOn(Instant.now()))
                .put("evidence", new JsonArray(ban.evidence()));
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString().replace("T", " ");
    }
}
