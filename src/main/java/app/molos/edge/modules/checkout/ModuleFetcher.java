package app.molos.edge.modules.checkout;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.modules.Checkouts;
import app.molos.edge.modules.FileListing;
import app.molos.edge.modules.Manifest;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.ModulesConfig;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings modules' code into the data directory and says what it is. Nothing is visible before it is whole, and nothing
 * that is visible changes. Blocking; one process at a time. Its refusals name the module.
 */
public final class ModuleFetcher implements AutoCloseable {
    /** Code that was fetched, or would be. {@code difference} is to the code that is locked now, if that is here. */
    public record Fetched(
            ModuleLock.Entry entry, int files, boolean wasHere, Optional<FileListing.Difference> difference) {}

    private static final long LOOK_AGAIN_MILLIS = 100;

    private final ModulesConfig config;
    private final Clock clock;
    private final Checkouts checkouts;
    private final FileLock exclusive;

    /** Fails when another process is fetching, and still is after {@code patience}. */
    public ModuleFetcher(ModulesConfig config, Clock clock, Duration patience) {
        this.config = config;
        this.clock = clock;
        this.checkouts = config.checkouts();
        this.exclusive = exclusive(checkouts, patience);
    }

    private static FileLock exclusive(Checkouts checkouts, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        @Nullable FileLock lock;
        try {
            lock = checkouts.tryLock();
            while (lock == null && System.nanoTime() - end < 0) {
                Thread.sleep(LOOK_AGAIN_MILLIS);
                lock = checkouts.tryLock();
            }
        } catch (IOException e) {
            throw new Refusal(ExitCode.REFUSED, "The data directory cannot be written: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(ExitCode.REFUSED, "Interrupted while another process was fetching modules.");
        }
        if (lock == null) {
            throw new Refusal(ExitCode.REFUSED, "Another process is fetching modules right now.");
        }
        return lock;
    }

    /**
     * Fetches what the list names. A tag that is locked already must still be what it was.
     *
     * @param locked what the lock says of the module now
     */
    public Fetched fetch(Module module, Optional<ModuleLock.Entry> locked, FetchProgress progress) {
        Module.Source source = module.source().orElseThrow();
        Optional<ModuleLock.Entry> promise =
                locked.filter(e -> !source.isBranch() && e.tag().equals(source.ref()));
        Optional<Fetched> here = promise.flatMap(entry -> intact(module.id(), entry));
        return here.orElseGet(() -> download(module.id(), source, locked, promise, true, progress));
    }

    /** Fetches another tag, whatever it or its name was before; with {@code isPlan} only looks. */
    public Fetched update(
            Module module, String tag, Optional<ModuleLock.Entry> locked, boolean isPlan, FetchProgress progress) {
        Module.Source source = new Module.Source(module.source().orElseThrow().repository(), tag, false);
        return download(module.id(), source, locked, Optional.empty(), !isPlan, progress);
    }

    private Optional<Fetched> intact(String id, ModuleLock.Entry entry) {
        if (!checkouts.has(id, entry.commit())) {
            return Optional.empty();
        }
        try {
            FileListing found = FileListing.of(checkouts.directory(id, entry.commit()));
            return found.digest().equals(entry.digest())
                    ? Optional.of(new Fetched(entry, found.size(), true, Optional.empty()))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Fetched download(
            String id,
            Module.Source source,
            Optional<ModuleLock.Entry> locked,
            Optional<ModuleLock.Entry> promise,
            boolean isKept,
            FetchProgress progress) {
        try {
            Path workspace = checkouts.workspace();
            try {
                Path code = workspace.resolve("code");
                GitRemote.Exported exported = remote(id, source).export(workspace.resolve("git"), code, progress);
                FileListing listing = exported.listing();
                Optional<FileListing.Difference> difference = locked.flatMap(
                                entry -> checkouts.listing(id, entry.commit()))
                        .map(before -> before.differenceTo(listing));
                promise.ifPresent(entry -> requireSame(id, entry, exported, difference));
                checkManifest(code, id, source);
                if (isKept) {
                    checkouts.publish(code, listing, id, exported.commit());
                }
                Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
                ModuleLock.Entry entry = promise.orElseGet(
                        () -> new ModuleLock.Entry(source.ref(), exported.commit(), listing.digest(), now));
                return new Fetched(entry, listing.size(), false, difference);
            } finally {
                Checkouts.delete(workspace);
            }
        } catch (IOException e) {
            throw new Refusal(ExitCode.REFUSED, id + ": the code could not be written: " + e.getMessage());
        }
    }

    private GitRemote remote(String id, Module.Source source) {
        ModulesConfig.Fetching fetching = config.fetching();
        return new GitRemote(
                id, source, fetching.tokens().of(source.repository()), fetching.timeout(), fetching.maxBytes());
    }

    private static void checkManifest(Path code, String id, Module.Source source) {
        if (!source.isBranch()) {
            ConfigProblems problems = new ConfigProblems();
            Manifest.check(code, id, source.ref(), problems);
            refuse(problems);
        }
    }

    private static void requireSame(
            String id,
            ModuleLock.Entry entry,
            GitRemote.Exported exported,
            Optional<FileListing.Difference> difference) {
        String changes = difference.filter(d -> !d.isNone()).map(d -> ": " + d).orElse("");
        if (!exported.commit().equals(entry.commit())) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    ModuleIntegrity.moved(id, entry, exported.commit()) + changes + System.lineSeparator()
                            + "    if that is meant, run: molos-edge modules update " + id + " " + entry.tag());
        }
        if (!exported.listing().digest().equals(entry.digest())) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    id + ": the commit " + entry.shortCommit() + " has other files than when it was locked" + changes
                            + "; do not use it before you know why");
        }
    }

    /** A tag whose code says it is something else is refused here already, where nothing depends on it yet. */
    private static void refuse(ConfigProblems problems) {
        if (!problems.isEmpty()) {
            throw new Refusal(ExitCode.REFUSED, problems.toString());
        }
    }

    @Override
    public void close() {
        try {
            exclusive.channel().close();
        } catch (IOException e) {
            throw new Refusal(
                    ExitCode.REFUSED, "The lock of the data directory could not be given back: " + e.getMessage());
        }
    }
}
