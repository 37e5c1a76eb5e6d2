package app.molos.edge.db;

import app.molos.edge.config.Secret;
import app.molos.edge.config.Suggestion;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * DATABASE_URL, parsed: where the database is and who we are there. {@code toString} is safe to print.
 *
 * @param file the SQLite file, or null
 * @param address host and port as the operator wrote them, or empty
 * @param schema the PostgreSQL schema everything lives in
 */
public record DatabaseUrl(
        Dialect dialect,
        @Nullable Path file,
        String address,
        String jdbc,
        String user,
        Secret password,
        String schema) {

    private static final Pattern POSTGRES = Pattern.compile(
            "postgres(?:ql)?://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]+)(?::(\\d{1,5}))?"
                    + "/([^/?#]+)(?:\\?([^#]*))?");
    private static final List<String> PARAMETERS = List.of("sslmode", "sslrootcert", "currentSchema");
    private static final List<String> SSL_MODES =
            List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    /**
     * Reads a URL as operators write it.
     *
     * @throws IllegalArgumentException with a text for the operator that names the fault and never the password
     */
    public static DatabaseUrl parse(String text) {
        if (text.startsWith("file:") || text.startsWith("sqlite:")) {
            return sqlite(text.substring(text.indexOf(':') + 1));
        }
        if (text.startsWith("postgres://") || text.startsWith("postgresql://")) {
            return postgres(text);
        }
        throw new IllegalArgumentException("starts with none of file:, sqlite:, postgres://, postgresql://");
    }

    private static DatabaseUrl sqlite(String rest) {
        if (rest.contains("?") || rest.contains("#")) {
            throw new IllegalArgumentException("a file has no parameters: the edge sets SQLite's own");
        }
        String name = rest.startsWith("//") ? rest.substring(2) : rest;
        if (name.isEmpty() || name.equals(":memory:") || name.endsWith("/")) {
            throw new IllegalArgumentException("names no database file");
        }
        try {
            Path file = Path.of(name);
            return new DatabaseUrl(
                    Dialect.SQLITE, file, "", "jdbc:sqlite:" + file.toAbsolutePath(), "", new Secret(""), "");
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path");
        }
    }

    private static DatabaseUrl postgres(String text) {
        Matcher matcher = POSTGRES.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("is not postgresql://user:password@host:port/database"
                    + " (percent-encode @ : / ? # in the user and the password)");
        }
        int port = matcher.group(4) == null ? 5432 : Integer.parseInt(matcher.group(4));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("has a port outside 1 to 65535");
        }
        Map<String, String> parameters = parameters(matcher.group(6));
        String schema = parameters.getOrDefault("currentSchema", "public");
        if (!schema.matches("[a-z_][a-z0-9_$]{0,62}")) {
            throw new IllegalArgumentException("has a currentSchema that is not one plain name in lower case");
        }
        StringBuilder jdbc = new StringBuilder("jdbc:postgresql://")
                .append(matcher.group(3))
                .append(':')
                .append(port)
                .append('/')
                .append(encode(decode(matcher.group(5))))
                .append("?currentSchema=")
                .append(encode(schema));
        parameters.forEach((key, value) -> {
            if (!key.equals("currentSchema")) {
                jdbc.append('&').append(key).append('=').append(encode(value));
            }
        });
        return new DatabaseUrl(
                Dialect.POSTGRESQL,
                null,
                matcher.group(3) + ":" + port + "/" + decode(matcher.group(5)),
                jdbc.toString(),
                decode(matcher.group(1) == null ? "" : matcher.group(1)),
                new Secret(decode(matcher.group(2) == null ? "" : matcher.group(2))),
                schema);
    }

    private static Map<String, String> parameters(@Nullable String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&")) {
            int equals = pair.indexOf('=');
            String key = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            if (!PARAMETERS.contains(key)) {
                throw new IllegalArgumentException("has an unknown parameter \"" + key + "\""
                        + Suggestion.near(key, PARAMETERS)
                                .map(s -> " (did you mean " + s + "?)")
                                .orElse(""));
            }
            if (key.equals("sslmode") && !SSL_MODES.contains(value)) {
                throw new IllegalArgumentException("has an sslmode that is none of " + String.join(", ", SSL_MODES));
            }
            if (parameters.put(key, value) != null) {
                throw new IllegalArgumentException("has the parameter " + key + " twice");
            }
        }
        return parameters;
    }

    /** Whether both name one place, as far as names tell; one server of PostgreSQL may have several. */
    public boolean isSame(DatabaseUrl other) throws IOException {
        return jdbc.equals(other.jdbc)
                || (file != null
                        && other.file != null
                        && Files.exists(file)
                        && Files.exists(other.file)
                        && Files.isSameFile(file, other.file));
    }

    /** Returns the same, with the password from somewhere else. */
    public DatabaseUrl withPassword(String other) {
        return new DatabaseUrl(dialect, file, address, jdbc, user, new Secret(other), schema);
    }

    /** Returns the same database of PostgreSQL, with another schema of it. */
    public DatabaseUrl withSchema(String other) {
        return new DatabaseUrl(
                dialect,
                file,
                address,
                jdbc.replace("currentSchema=" + encode(schema), "currentSchema=" + encode(other)),
                user,
                password,
                other);
    }

    /** Returns what the driver needs beside the URL; the password is never part of a URL. */
    public Properties properties() {
        Properties properties = new Properties();
        if (dialect == Dialect.POSTGRESQL) {
            properties.setProperty("user", user);
            properties.setProperty("password", password.reveal());
            properties.setProperty("ApplicationName", applicationName());
            properties.setProperty("connectTimeout", "5");
            properties.setProperty("tcpKeepAlive", "true");
        }
        return properties;
    }

    /** What others see of our connections; of each schema another, since one database may have several installations. */
    public String applicationName() {
        return schema.equals("public") ? "molos-edge" : "molos-edge " + schema;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("has a malformed percent escape");
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
        return dialect == Dialect.SQLITE
                ? "SQLite file " + file
                : "PostgreSQL " + (user.isEmpty() ? "" : user + "@") + address + " schema " + schema;
    }
}
