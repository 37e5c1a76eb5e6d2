package app.molos.edge.modules;

import app.molos.edge.web.Access;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A module as configured, checked and ready to be routed to.
 *
 * @param paths prefixes without a slash at their end, save {@code /} itself
 * @param health the path on the upstream that says how it is
 */
public record Module(
        String id,
        Optional<String> repository,
        Optional<String> version,
        boolean isEnabled,
        List<String> paths,
        Target target,
        Access access,
        Optional<String> health) {

    /** Where a module's answers come from. */
    public sealed interface Target {
        /** An HTTP server; {@code host} is a name or an address without brackets. */
        record Upstream(String host, int port) implements Target {}

        /** A directory of files, links resolved. */
        record Static(Path directory) implements Target {}

        /** Neither is configured: its code is not here yet. */
        record NotFetched() implements Target {}
    }

    public boolean isFetched() {
        return !(target instanceof Target.NotFetched);
    }
}
