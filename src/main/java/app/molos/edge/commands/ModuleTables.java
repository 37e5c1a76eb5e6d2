package app.molos.edge.commands;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.checkout.ModuleFetcher.Fetched;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/** Renders modules, for people and for scripts. */
final class ModuleTables {
    private static final int SHORT_DIGEST = 19;

    private ModuleTables() {}

    /**
     * A module that moves to another tag.
     *
     * @param before the tag in the list
     * @param locked what it is locked to; empty: not locked yet
     */
    record Update(String id, String before, Optional<ModuleLock.Entry> locked, Fetched fetched, boolean isPlan) {
        JsonObject json() {
            JsonObject json = ModuleTables.json(id, fetched).put("planned", isPlan);
            locked.ifPresent(entry ->
                    json.put("from", new JsonObject().put("tag", entry.tag()).put("commit", entry.commit())));
            return json;
        }

        List<List<String>> rows() {
            return List.of(
                    List.of("Module", "Tag", "Commit", "Content"),
                    List.of(
                            id,
                            locked.map(ModuleLock.Entry::tag).orElse(before),
                            locked.map(ModuleLock.Entry::shortCommit).orElse("not locked"),
                            locked.map(e -> shortDigest(e.digest())).orElse("")),
                    List.of(
                            isPlan ? "  would be" : "  is now",
                            fetched.entry().tag(),
                            fetched.entry().shortCommit(),
                            shortDigest(fetched.entry().digest())));
        }

        String changes() {
            return fetched.difference()
                    .map(d -> d.isNone() ? "no file changes" : d.toString())
                    .orElse("what changes is not known: the locked code is not here");
        }
    }

    static String version(Module module) {
        return module.external().isPresent()
                ? "external"
                        + module.external().get().version().map(v -> " " + v).orElse("")
                : module.source().map(Module.Source::ref).orElse("-");
    }

    static List<String> row(String id, Fetched fetched, String state) {
        return List.of(
                id,
                fetched.entry().tag(),
                fetched.entry().shortCommit(),
                Integer.toString(fetched.files()),
                shortDigest(fetched.entry().digest()),
                state);
    }

    static JsonObject json(String id, Fetched fetched) {
        JsonObject json = new JsonObject()
                .put("id", id)
                .put("tag", fetched.entry().tag())
                .put("commit", fetched.entry().commit())
                .put("digest", fetched.entry().digest())
                .put("lockedAt", fetched.entry().lockedAt().toString())
                .put("files", fetched.files());
        fetched.difference()
                .ifPresent(d -> json.put(
                        "changes",
                        new JsonObject()
                                .put("changed", new JsonArray(d.changed()))
                                .put("added", new JsonArray(d.added()))
                                .put("removed", new JsonArray(d.removed()))));
        return json;
    }

    static String shortDigest(String digest) {
        return digest.substring(0, SHORT_DIGEST) + "…";
    }

    static String from(Module module) {
        if (module.target() instanceof Module.Target.Upstream upstream) {
            return String.join(
                    " ",
                    upstream.addresses().stream().map(Module.Address::toString).toList());
        }
        return module.target() instanceof Module.Target.Static files
                ? files.directory().toString()
                : "not fetched";
    }

    static String ids(JsonObject outcome, String key) {
        List<String> ids =
                outcome.getJsonArray(key).stream().map(Object::toString).toList();
        return ids.isEmpty() ? "-" : String.join(" ", ids);
    }
}
