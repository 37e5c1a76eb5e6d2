package app.molos.edge.testing;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A real SMTP server on a free port of 127.0.0.1. */
public final class MailServer implements AutoCloseable {
    /** A message as it came in. */
    public record Mail(String to, String from, String subject, String text) {
        /** The one address in it. */
        public String link() {
            Matcher matcher = Pattern.compile("https?://\\S+/api/auth/\\S+").matcher(text);
            if (!matcher.find()) {
                throw new AssertionError("no link in " + text);
            }
            return matcher.group();
        }

        /** The link without scheme and host. */
        public String path() {
            return link().replaceFirst("https?://[^/]+", "");
        }
    }

    private final int port;
    private GreenMail server;
    /** GreenMail lists by mailbox, not by time. */
    private final Set<String> seen = new HashSet<>();

    public MailServer() {
        this(JarProcess.freePort());
    }

    private MailServer(int port) {
        this.port = port;
        open();
    }

    public void open() {
        server = new GreenMail(new ServerSetup(port, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.start();
        seen.clear();
    }

    public Map<String, String> settings(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("MAIL_URL", "smtp://127.0.0.1:" + port + "?tls=none");
        settings.put("MAIL_FROM", "Our Edge <edge@example.org>");
        return settings;
    }

    /** The next message that was not asked for yet; waits for it. */
    public Mail next() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(this::unseen, Optional::isPresent)
                .orElseThrow();
    }

    /** Messages that came in and were not asked for, after a moment of waiting. */
    public List<Mail> rest() throws InterruptedException {
        // That nothing comes can only be seen by waiting; a letter takes some ten milliseconds.
        Thread.sleep(500);
        return Stream.generate(this::unseen)
                .takeWhile(Optional::isPresent)
                .map(Optional::get)
                .toList();
    }

    private Optional<Mail> unseen() {
        try {
            for (MimeMessage message : server.getReceivedMessages()) {
                if (seen.add(message.getMessageID())) {
                    return Optional.of(new Mail(
                            message.getAllRecipients()[0].toString(),
                            message.getFrom()[0].toString(),
                            message.getSubject(),
                            message.getContent().toString().replace("\r\n", "\n")));
                }
            }
            return Optional.empty();
        } catch (MessagingException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop();
    }
}
