package app.molos.edge.imports;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts what an import took, what was here already, and what it left, each with the reason. Used by one thread. */
public final class ImportReport {
    /** A kind of thing that is imported. */
    public enum Kind {
        USERS,
        PASSWORDS,
        SESSIONS,
        /** Of users who were taken; only those that were left are counted. */
        IMAGES
    }

    /** A row that was left behind. */
    public record Skipped(Kind kind, String id, String why) {}

    private final Map<Kind, Integer> taken = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> present = new EnumMap<>(Kind.class);
    private final List<Skipped> skipped = new ArrayList<>();
    private String owner = "";

    void took(Kind kind) {
        taken.merge(kind, 1, Integer::sum);
    }

    void found(Kind kind) {
        present.merge(kind, 1, Integer::sum);
    }

    void skip(Kind kind, String id, String why) {
        skipped.add(new Skipped(kind, id, why));
    }

    void owns(String email) {
        owner = email;
    }

    public int taken(Kind kind) {
        return taken.getOrDefault(kind, 0);
    }

    /** Rows that an earlier import, or somebody else, had put here. */
    public int present(Kind kind) {
        return present.getOrDefault(kind, 0);
    }

    public List<Skipped> skipped() {
        return List.copyOf(skipped);
    }

    public long skipped(Kind kind) {
        return skipped.stream().filter(s -> s.kind() == kind).count();
    }

    /** The address of the admin who owns the installation from now on; empty when it had an owner, or no admin came. */
    public String owner() {
        return owner;
    }
}
