package app.molos.edge.pages;

import app.molos.edge.session.SessionRecord;
import app.molos.edge.session.SignedIn;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** A row of the list of sessions on the account page, in words. */
public record SessionRow(String id, String device, String address, String lastUsed, String since, boolean isThisOne) {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    static SessionRow of(SessionRecord session, SignedIn me) {
        return new SessionRow(
                session.id(),
                AgentName.of(session.userAgent()),
                session.ipAddress().isEmpty() ? "an unknown address" : session.ipAddress(),
                time(session.updatedAt()),
                time(session.createdAt()),
                session.id().equals(me.session().id()));
    }

    private static String time(Instant instant) {
        return TIME.format(instant);
    }
}
