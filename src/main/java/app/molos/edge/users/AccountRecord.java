package app.molos.edge.users;

import app.molos.edge.db.Row;
import java.time.Instant;

/** A way to sign in: {@code credential} is a password; the hash itself stays in the store. */
public record AccountRecord(
        String id, String accountId, String providerId, String userId, Instant createdAt, Instant updatedAt) {
    static final String COLUMNS = "id, account_id, provider_id, user_id, created_at, updated_at";

    static AccountRecord of(Row row) {
        return new AccountRecord(
                row.text("id"),
                row.text("account_id"),
                row.text("provider_id"),
                row.text("user_id"),
                Instant.ofEpochMilli(row.number("created_at")),
                Instant.ofEpochMilli(row.number("updated_at")));
    }
}
