package app.molos.edge.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Gives the TLS engine the certificate of the name that the client asks for (RFC 6066, 3), of the kind of key that it
 * can use. Immutable: an alias is a place in the list.
 */
final class SniKeyManager extends X509ExtendedKeyManager {
    private final List<Certificate> certificates;

    SniKeyManager(List<Certificate> certificates) {
        this.certificates = certificates;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        String name = requested(engine);
        int usable = -1;
        for (int i = 0; i < certificates.size(); i++) {
            if (isOfKind(certificates.get(i), keyType)) {
                if (name != null && certificates.get(i).covers(name)) {
                    return Integer.toString(i);
                }
                usable = usable < 0 ? i : usable;
            }
        }
        // Another kind of key has the name: the engine asks for that kind, too, if the client takes it.
        boolean isNamedElsewhere =
                name != null && certificates.stream().anyMatch(c -> c.covers(name) && !isOfKind(c, keyType));
        return usable < 0 || isNamedElsewhere ? null : Integer.toString(usable);
    }

    private static @Nullable String requested(SSLEngine engine) {
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    /** The engine names a kind with its group or its use in some versions: {@code EC}, {@code EC_EC}, {@code RSASSA-PSS}. */
    private static boolean isOfKind(Certificate certificate, String keyType) {
        String algorithm = certificate.key().getAlgorithm();
        return keyType.equals(algorithm)
                || keyType.startsWith(algorithm + "_")
                || (keyType.equals("RSASSA-PSS") && algorithm.equals("RSA"))
                || (keyType.equals("EdDSA") && algorithm.startsWith("Ed"));
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Certificate certificate = at(alias);
        return certificate == null ? null : certificate.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Certificate certificate = at(alias);
        return certificate == null ? null : certificate.key();
    }

    private @Nullable Certificate at(String alias) {
        try {
            return certificates.get(Integer.parseInt(alias));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return null;
        }
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
