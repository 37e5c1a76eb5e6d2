package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.Module.Target;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.files.StaticFiles;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Access;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.Priority;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestTarget;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/** A module, as one request found it: a changed list of modules does not change what it began with. */
final class ModuleTarget implements RequestTarget {
    private static final HttpError NOT_FETCHED_YET = HttpError.unavailable(
            "MODULE_NOT_FETCHED", "This module is configured but its code is not here yet.", 60, null);

    private final ModuleTable table;
    private final ModuleRegistry.Match match;
    private final StaticFiles staticFiles;
    private final boolean isAmbiguous;

    ModuleTarget(ModuleTable table, ModuleRegistry.Match match, StaticFiles staticFiles, boolean isAmbiguous) {
        this.table = table;
        this.match = match;
        this.staticFiles = staticFiles;
        this.isAmbiguous = isAmbiguous;
    }

    @Override
    public String module() {
        return match.module().id();
    }

    @Override
    public Access access() {
        return match.module().access();
    }

    @Override
    public Priority priority() {
        return match.module().admission().priority();
    }

    @Override
    public boolean checksOrigin() {
        return isAmbiguous || match.module().forwarding().checksOrigin();
    }

    @Override
    public boolean isAmbiguous() {
        return isAmbiguous;
    }

    @Override
    public boolean isForwarded() {
        return match.module().target() instanceof Target.Upstream;
    }

    @Override
    public boolean isCheap() {
        return match.module().target() instanceof Target.Static;
    }

    @Override
    public void answer(HttpServerRequest request, RequestContext context, Consumer<Throwable> failed) {
        Module module = match.module();
        if (module.target() instanceof Target.Upstream) {
            table.proxy(module).forward(request, context, match.prefix(), (SignedIn) context.caller(), failed);
        } else if (module.target() instanceof Target.Static folder) {
            String path = match.prefix().equals("/")
                    ? context.path()
                    : context.path().substring(match.prefix().length());
            staticFiles.serve(request, context, folder.directory(), path, table.files(module)::turnIntoModule, failed);
        } else {
            failed.accept(NOT_FETCHED_YET);
        }
    }
}
