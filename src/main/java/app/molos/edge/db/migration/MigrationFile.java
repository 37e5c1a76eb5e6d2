package app.molos.edge.db.migration;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One migration with its exact bytes: what is hashed is what is run. */
public final class MigrationFile {
    private static final Pattern NAME = Pattern.compile("V(\\d{4,9})__([a-z0-9]+(?:_[a-z0-9]+)*)\\.sql");
    private static final List<String> HEADER = List.of("What", "Why", "author");
    private static final Pattern PHASE = Pattern.compile("(?m)^-- phase: (expand|contract|data)$");

    private final String name;
    private final byte[] bytes;

    MigrationFile(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    public String name() {
        return name;
    }

    byte[] bytes() {
        return bytes;
    }

    public boolean isNamedWell() {
        return NAME.matcher(name).matches();
    }

    /** The number in the name; call only when {@link #isNamedWell()}. */
    public int version() {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalStateException(name);
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** The name in words. */
    public String description() {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? matcher.group(2).replace('_', ' ') : name;
    }

    /** Lists the lines that the header lacks; empty when it is complete and SQL follows it. */
    public List<String> missing() {
        List<String> missing = new ArrayList<>();
        for (String line : HEADER) {
            if (!Pattern.compile("(?m)^-- " + line + ": *\\S").matcher(text()).find()) {
                missing.add("`-- " + line + ": …`");
            }
        }
        if (phase().isEmpty()) {
            missing.add("`-- phase: expand` (or contract, or data)");
        }
        if (!Pattern.compile("(?m)^-- reversible: (yes|no)\\b").matcher(text()).find()) {
            missing.add("`-- reversible: no` (or yes)");
        }
        if (text().lines().allMatch(line -> line.isBlank() || line.startsWith("--"))) {
            missing.add("any SQL");
        }
        return missing;
    }

    /** expand, contract or data, from the header. */
    public Optional<String> phase() {
        Matcher matcher = PHASE.matcher(text());
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public String sha256() {
        return sha256(bytes);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
