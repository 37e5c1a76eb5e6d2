package app.molos.edge.mail;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.StartTLSOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends letters without making anybody wait: taken at once, sent a few at a time, tried again for a while. What could
 * not be sent is told by {@link #isFailing} and the log, without the letter. One per process; thread-safe.
 */
public final class MailQueue {
    private static final Logger LOG = LoggerFactory.getLogger(MailQueue.class);
    private static final int CONNECTIONS = 4;
    private static final Duration MAX_PAUSE = Duration.ofMinutes(5);

    private final Vertx vertx;
    private final MailConfig config;
    private final MailClient client;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean isFailing;
    private volatile boolean isClosed;

    /** @param server taken apart from the configuration, because here there is one */
    public MailQueue(Vertx vertx, MailConfig config, MailConfig.Server server) {
        this.vertx = vertx;
        this.config = config;
        this.client = MailClient.create(vertx, options(config, server));
    }

    /** Takes a letter; it is dropped, and the log says so, when too many wait. */
    public void send(Mail letter) {
        if (waiting.incrementAndGet() > config.queueSize()) {
            waiting.decrementAndGet();
            isFailing = true;
            LOG.error("A mail was dropped: {} wait already", config.queueSize());
            return;
        }
        attempt(letter, System.nanoTime() + config.retryFor().toNanos(), config.retryAfter());
    }

    /** Whether the last try failed, or a letter was given up since one succeeded. */
    public boolean isFailing() {
        return isFailing;
    }

    /** Mails that were taken and not sent yet. */
    public int waiting() {
        return waiting.get();
    }

    /** Ends the connections; what still waits is lost, and its number logged. */
    public Future<Void> close() {
        isClosed = true;
        if (waiting.get() > 0) {
            LOG.warn("{} mails were not sent before the stop; their readers can ask again", waiting.get());
        }
        return client.close();
    }

    private void attempt(Mail letter, long endNanos, Duration pause) {
        MailMessage message = new MailMessage()
                .setFrom(config.from())
                .setTo(letter.to())
                .setSubject(letter.subject())
                .setText(letter.text());
        client.sendMail(message)
                .timeout(config.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .onSuccess(sent -> {
                    waiting.decrementAndGet();
                    isFailing = false;
                })
                .onFailure(failure -> failed(letter, endNanos, pause, failure));
    }

    private void failed(Mail letter, long endNanos, Duration pause, Throwable failure) {
        if (isClosed) {
            return;
        }
        isFailing = true;
        if (System.nanoTime() + pause.toNanos() > endNanos || isRefusedForGood(failure)) {
            waiting.decrementAndGet();
            LOG.error("A mail was given up: {}", failure.getMessage());
            return;
        }
        LOG.warn("A mail could not be sent, next try in {} ms: {}", pause.toMillis(), failure.getMessage());
        Duration next = pause.multipliedBy(2).compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
        vertx.setTimer(pause.toMillis(), t -> attempt(letter, endNanos, next));
    }

    /** A mailbox that does not exist will not exist in a minute; a refused sign-in may be mended meanwhile. */
    private static boolean isRefusedForGood(Throwable failure) {
        return String.valueOf(failure.getMessage()).contains("recipient address not accepted: 550");
    }

    private static io.vertx.ext.mail.MailConfig options(MailConfig config, MailConfig.Server server) {
        io.vertx.ext.mail.MailConfig options = new io.vertx.ext.mail.MailConfig()
                .setHostname(server.host())
                .setPort(server.port())
                .setConnectTimeout((int) config.timeout().toMillis())
                .setIdleTimeout((int) config.timeout().toSeconds())
                .setMaxPoolSize(CONNECTIONS)
                .setKeepAlive(false)
                .setMultiPartOnly(false)
                .setUserAgent("MoLOS Edge");
        // The name in the server's certificate is checked as long as no algorithm is named here: vertx-mail-client
        // 5.0.7 turns
        // the check on when there is none, and off when there is one.
        config.authorities()
                .ifPresent(file -> options.setTrustOptions(new PemTrustOptions().addCertPath(file.toString())));
        switch (server.encryption()) {
            case TLS -> options.setSsl(true);
            case STARTTLS -> options.setStarttls(StartTLSOptions.REQUIRED);
            case OPTIONAL -> options.setStarttls(StartTLSOptions.OPTIONAL);
            case NONE -> options.setStarttls(StartTLSOptions.DISABLED);
        }
        if (server.user().isEmpty()) {
            options.setLogin(LoginOption.DISABLED);
        } else {
            options.setLogin(LoginOption.REQUIRED)
                    .setUsername(server.user())
                    .setPassword(server.password().reveal());
        }
        return options;
    }
}
