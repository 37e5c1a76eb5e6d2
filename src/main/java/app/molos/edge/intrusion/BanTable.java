package app.molos.edge.intrusion;

import app.molos.edge.web.ClientAddress;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The bans that this node knows, those that have ended for the ladder. Bounded; thread-safe. */
final class BanTable {
    private static final int MOST = 50_000;

    private final ConcurrentHashMap<String, Ban> bySubject = new ConcurrentHashMap<>();
    /** How many are sessions': most sites have none, and need not look. */
    private volatile boolean hasSessions;

    /** Returns the ban that an address is under, or was; null without one. */
    @Nullable
    Ban ofAddress(String address) {
        return bySubject.isEmpty() ? null : bySubject.get(ClientAddress.network(address));
    }

    /** Returns the ban that a session is under, or was; null without one. */
    @Nullable
    Ban ofSession(String id) {
        return hasSessions ? bySubject.get(Ban.session(id)) : null;
    }

    /** Whether nobody is, or ever was, banned: then there is nothing to look up. */
    boolean isEmpty() {
        return bySubject.isEmpty();
    }

    boolean hasSessions() {
        return hasSessions;
    }

    @Nullable
    Ban find(String subject) {
        return bySubject.get(subject);
    }

    /** Takes a ban in; when there is no room, those that have ended go first. Whether there was room. */
    boolean put(Ban ban, Instant now) {
        if (bySubject.size() >= MOST && !bySubject.containsKey(ban.subject())) {
            bySubject.values().removeIf(old -> !old.isOn(now));
            if (bySubject.size() >= MOST) {
                return false;
            }
        }
        bySubject.put(ban.subject(), ban);
        if (ban.isSession()) {
            hasSessions = true;
        }
        return true;
    }

    /** Those that are on now. */
    List<Ban> on(Instant now) {
        return bySubject.values().stream().filter(ban -> ban.isOn(now)).toList();
    }
}
