package app.molos.edge.http;

import app.molos.edge.tls.Certificates;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.KeyCertOptions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** TLS and HTTP/2 on a listener. */
final class SecureOptions {
    private static final Set<String> PROTOCOLS = new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2"));
    /** Forward secrecy and an AEAD, nothing else (RFC 9325, 4.2); none of them is on the list of RFC 9113, appendix A. */
    private static final List<String> SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** Four times a stream's own: one upload that a module takes slowly must not keep the others from being sent. */
    private static final int CONNECTION_WINDOW = 256 * 1024;

    private SecureOptions() {}

    /** Adds them to the options of a plain listener. */
    static HttpServerOptions of(HttpServerOptions options, HttpConfig config, Certificates certificates) {
        Http2Config http2 = config.secure().http2();
        SUITES.forEach(options::addEnabledCipherSuite);
        return options.setSsl(true)
                .setUseAlpn(true)
                .setAlpnVersions(
                        http2.isOn()
                                ? List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1)
                                : List.of(HttpVersion.HTTP_1_1))
                .setEnabledSecureTransportProtocols(PROTOCOLS)
                .setKeyCertOptions(KeyCertOptions.wrap(certificates.keyManager()))
                .setSslHandshakeTimeout(config.timeouts().head().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(http2.maxStreams())
                        .setMaxHeaderListSize(http2.maxHeaderList()))
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW)
                .setHttp2RstFloodMaxRstFramePerWindow(http2.maxResets())
                .setHttp2RstFloodWindowDuration((int) http2.floodWindow().toSeconds())
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS);
    }
}
