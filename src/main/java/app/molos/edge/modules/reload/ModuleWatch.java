package app.molos.edge.modules.reload;

import app.molos.edge.modules.ModulesConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the module list at an interval and has it applied once it has stopped changing: a list that is just being
 * written must not be taken for a whole one. One that was refused is tried again now and then, because what was wrong
 * may have been mended elsewhere, in a checkout for instance. Confined to one event loop.
 */
public final class ModuleWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ModuleWatch.class);
    private static final int LOOKS_BEFORE_ANOTHER_TRY = 5;

    private final Vertx vertx;
    private final ModulesConfig config;
    private final ModuleReload reload;
    private String seen = "";
    /**
     * The list that was applied, or refused, last. Nothing at first: the list may have changed after the start read it.
     */
    private String judged = "";

    private boolean isRefused;
    private int looksSince;

    public ModuleWatch(Vertx vertx, ModulesConfig config, ModuleReload reload) {
        this.vertx = vertx;
        this.config = config;
        this.reload = reload;
    }

    /**
     * Goes on until Vert.x is closed. Each look begins one interval after the one before, and all it led to, is over.
     */
    public void start() {
        vertx.setTimer(config.watching().interval().toMillis(), t -> look().onComplete(done -> start()));
    }

    private Future<Void> look() {
        return vertx.executeBlocking(() -> fingerprint(config.file()) + fingerprint(config.lockFile()), false)
                .onFailure(e -> LOG.warn("The module list could not be looked at: {}", e.toString()))
                .compose(this::judge);
    }

    private Future<Void> judge(String now) {
        boolean isAtRest = now.equals(seen);
        seen = now;
        looksSince++;
        boolean isDue = !now.equals(judged) || (isRefused && looksSince > LOOKS_BEFORE_ANOTHER_TRY);
        if (!isAtRest || !isDue) {
            return Future.succeededFuture();
        }
        return reload.run().map(outcome -> {
            judged = now;
            isRefused = !outcome.isApplied();
            looksSince = 0;
            return null;
        });
    }

    /** Changes whenever the file does. */
    private static String fingerprint(Path file) {
        try {
            return Files.getLastModifiedTime(file) + ":" + Files.size(file) + ":"
                    + Files.readAttributes(file, "unix:ino").get("ino") + ";";
        } catch (IOException e) {
            return "absent;";
        }
    }
}
