package app.molos.edge.modules;

import app.molos.edge.ratelimit.Rate;
import app.molos.edge.web.Access;
import app.molos.edge.web.Priority;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A module as configured, checked and ready to be routed to.
 *
 * @param paths prefixes without a slash at their end, save {@code /} itself
 * @param forwarding how requests and answers are passed on
 * @param health the path on the upstream that says how it is
 */
public record Module(
        String id,
        Code code,
        boolean isEnabled,
        List<String> paths,
        Target target,
        Admission admission,
        Forwarding forwarding,
        Optional<String> health) {

    /**
     * Whose code it is.
     *
     * @param source where it comes from; empty for a folder beside the list, in development
     * @param external for an upstream that somebody else deploys: nothing here pins its code
     */
    public record Code(Optional<Source> source, Optional<External> external) {
        /** A folder beside the list. */
        public static final Code LOCAL = new Code(Optional.empty(), Optional.empty());
    }

    /**
     * Who may enter, how often one of them may ask, and what becomes of that when there is too much to do.
     *
     * @param limit instead of the one that all modules share
     */
    public record Admission(Access access, Optional<Rate> limit, Priority priority) {
        /** Everybody of a kind, within the limit of all modules. */
        public static Admission of(Access access) {
            return new Admission(access, Optional.empty(), Priority.NORMAL);
        }
    }

    public Access access() {
        return admission.access();
    }

    public Optional<Source> source() {
        return code.source();
    }

    public Optional<External> external() {
        return code.external();
    }

    /** Where code comes from; {@code ref} is a tag, or a branch in development. */
    public record Source(String repository, String ref, boolean isBranch) {}

    /** Code that somebody else deploys; {@code version} is what it is expected to say it runs. */
    public record External(Optional<String> version) {}

    /** {@code host} is a name or an address without brackets. */
    public record Address(String host, int port) {
        @Override
        public String toString() {
            return "http://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    /** Where a module's answers come from. */
    public sealed interface Target {
        /** HTTP servers, each with the same answers; at least one. */
        record Upstream(List<Address> addresses) implements Target {}

        /** A directory of files, links resolved. */
        record Static(Path directory) implements Target {}

        /** Neither is configured: its code is not here yet. */
        record NotFetched() implements Target {}
    }

    /** Which version its upstream should say it runs; empty when nothing says so. */
    public Optional<String> expectedVersion() {
        return external().isPresent()
                ? external().get().version()
                : source().filter(from -> !from.isBranch()).map(Source::ref);
    }

    public boolean isFetched() {
        return !(target instanceof Target.NotFetched);
    }
}
