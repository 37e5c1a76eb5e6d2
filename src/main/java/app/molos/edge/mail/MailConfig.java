package app.molos.edge.mail;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which server takes our mail.
 *
 * @param server empty when no mail is sent
 * @param authorities a PEM file with the only certificates that may vouch for the server; empty: those the system
 * trusts
 * @param retryFor a message that could not be sent for so long is given up
 */
public record MailConfig(
        Optional<Server> server,
        Optional<Path> authorities,
        String from,
        Duration timeout,
        Duration retryAfter,
        Duration retryFor,
        int queueSize) {
    /** How the connection is protected. */
    public enum Encryption {
        /** TLS from the first byte ({@code smtps://}). */
        TLS,
        /** STARTTLS or no mail ({@code smtp://}). */
        STARTTLS,
        /** STARTTLS when the server has it ({@code smtp://…?tls=optional}). */
        OPTIONAL,
        /** In the clear ({@code smtp://…?tls=none}). */
        NONE
    }

    /** {@code user} is empty when the server asks for none. */
    public record Server(String host, int port, String user, Secret password, Encryption encryption) {
        @Override
        public String toString() {
            return (encryption == Encryption.TLS ? "smtps://" : "smtp://") + host + ":" + port;
        }
    }

    public static final ConfigKey URL = ConfigKey.of(
            "mail.url",
            "MAIL_URL",
            null,
            "`smtp://user:password@host:587` (STARTTLS required; `?tls=optional` or `?tls=none` to do without) or"
                    + " `smtps://…:465`; without it no mail is sent");
    public static final ConfigKey CA_FILE = ConfigKey.of(
            "mail.caFile",
            "MAIL_CA_FILE",
            null,
            "a PEM file with the authority that signed the mail server's certificate, when the system does not know it");
    public static final ConfigKey FROM = ConfigKey.of(
            "mail.from", "MAIL_FROM", null, "the sender: `edge@example.org` or `Our Edge <edge@example.org>`");
    public static final ConfigKey TIMEOUT =
            ConfigKey.of("mail.timeout", "MAIL_TIMEOUT", "30s", "how long one try to send may take");
    public static final ConfigKey RETRY_AFTER = ConfigKey.of(
            "mail.retryAfter",
            "MAIL_RETRY_AFTER",
            "2s",
            "the wait before the second try; doubled each time, up to 5 minutes");
    public static final ConfigKey RETRY_FOR = ConfigKey.of(
            "mail.retryFor", "MAIL_RETRY_FOR", "1h", "a message is given up after this; its link would be dead anyhow");
    public static final ConfigKey QUEUE_SIZE = ConfigKey.of(
            "mail.queueSize", "MAIL_QUEUE_SIZE", "1000", "messages that may wait; more are dropped and logged");
    public static final List<ConfigKey> KEYS = List.of(URL, CA_FILE, FROM, TIMEOUT, RETRY_AFTER, RETRY_FOR, QUEUE_SIZE);

    private static final Pattern SENDER =
            Pattern.compile("(?:[^<>\\r\\n\"@]{1,100}<[^@\\s<>]+@[^@\\s<>]+>|[^@\\s<>]+@[^@\\s<>]+)");
    private static final String EXAMPLE = "MAIL_URL=smtp://user:password@mail.example.org:587";

    public static MailConfig read(ConfigReader reader) {
        Optional<Server> server = Optional.empty();
        if (reader.isSet(URL)) {
            try {
                server = Optional.of(parse(reader.text(URL)));
            } catch (IllegalArgumentException e) {
                reader.refuse(URL, "the address " + e.getMessage(), EXAMPLE);
            }
        }
        String from = reader.text(FROM).trim();
        if (reader.isSet(URL) && from.isEmpty()) {
            reader.refuse(FROM, "mail needs a sender", "MAIL_FROM=edge@example.org");
        } else if (!from.isEmpty() && !SENDER.matcher(from).matches()) {
            reader.refuse(FROM, "\"" + from + "\" is no mail address", "MAIL_FROM=edge@example.org");
        }
        return new MailConfig(
                server,
                authorities(reader),
                from,
                reader.duration(TIMEOUT, Duration.ofSeconds(1), Duration.ofMinutes(5)),
                reader.duration(RETRY_AFTER, Duration.ofMillis(10), Duration.ofMinutes(5)),
                reader.duration(RETRY_FOR, Duration.ofSeconds(1), Duration.ofDays(1)),
                reader.integer(QUEUE_SIZE, 1, 100_000));
    }

    private static Optional<Path> authorities(ConfigReader reader) {
        Optional<Path> file = reader.path(CA_FILE);
        if (file.isEmpty()) {
            return file;
        }
        try (InputStream in = Files.newInputStream(file.get())) {
            if (!CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .isEmpty()) {
                return file;
            }
            reader.refuse(
                    CA_FILE,
                    "the file " + file.get() + " has no certificate",
                    "a file that begins with -----BEGIN CERTIFICATE-----");
        } catch (CertificateException e) {
            reader.refuse(
                    CA_FILE,
                    "the file " + file.get() + " is no PEM certificate",
                    "a file that begins with -----BEGIN CERTIFICATE-----");
        } catch (IOException e) {
            reader.refuse(CA_FILE, "the file " + file.get() + " cannot be read", "the path of a readable file");
        }
        return Optional.empty();
    }

    /** Throws with the rest of a sentence that begins with "the address"; never shows what may be a password. */
    static Server parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL (percent-encode @, /, : and % in a password)");
        }
        boolean isTls = "smtps".equals(uri.getScheme());
        if (!isTls && !"smtp".equals(uri.getScheme())) {
            throw new IllegalArgumentException("must begin with smtp:// or smtps://");
        }
        if (uri.getHost() == null
                || (uri.getRawPath() != null && uri.getRawPath().length() > 1)) {
            throw new IllegalArgumentException("must be smtp://user:password@host:port");
        }
        Encryption encryption = encryption(uri, isTls);
        String[] user = uri.getRawUserInfo() == null
                ? new String[] {"", ""}
                : uri.getRawUserInfo().split(":", 2);
        if (user.length != 2) {
            throw new IllegalArgumentException("has a user without a password");
        }
        String host = uri.getHost().startsWith("[")
                ? uri.getHost().substring(1, uri.getHost().length() - 1)
                : uri.getHost();
        return new Server(
                host,
                uri.getPort() > 0 ? uri.getPort() : isTls ? 465 : 587,
                decoded(user[0]),
                new Secret(decoded(user[1])),
                encryption);
    }

    private static Encryption encryption(URI uri, boolean isTls) {
        if (uri.getRawQuery() == null) {
            return isTls ? Encryption.TLS : Encryption.STARTTLS;
        }
        Encryption asked = switch (uri.getRawQuery()) {
            case "tls=optional" -> Encryption.OPTIONAL;
            case "tls=none" -> Encryption.NONE;
            default -> throw new IllegalArgumentException("has options other than ?tls=optional or ?tls=none");
        };
        if (isTls) {
            throw new IllegalArgumentException("is smtps and needs no ?tls=");
        }
        return asked;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
