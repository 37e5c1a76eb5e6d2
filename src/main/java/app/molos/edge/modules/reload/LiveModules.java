package app.molos.edge.modules.reload;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The modules that are served now. A change swaps all of them at once; callers ask each time and keep
 * nothing. One per process; thread-safe.
 */
public final class LiveModules {
    private final AtomicInteger revision = new AtomicInteger(1);
    private volatile ModuleRegistry current;

    public LiveModules(ModuleRegistry first) {
        current = first;
    }

    public ModuleRegistry current() {
        return current;
    }

    public List<Module> modules() {
        return current.modules();
    }

    /** Counts the changes; 1 is what the start read. */
    public int revision() {
        return revision.get();
    }

    /** Serves others from now on; returns the new revision. */
    public int replace(ModuleRegistry next) {
        current = next;
        return revision.incrementAndGet();
    }
}
