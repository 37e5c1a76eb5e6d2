package app.molos.edge.web;

import io.netty.util.NetUtil;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A web origin: {@code scheme://host[:port]}, lower case, the default port left out. IPv6 hosts keep their brackets.
 */
public record Origin(String scheme, String host, int port) {
    private static final Pattern STRICT =
            Pattern.compile("(https?)://(\\[[0-9a-f:.]+]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::([1-9]\\d{0,4}))?");
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");

    /** Parses an origin that is written exactly as browsers write it; anything else is empty. */
    public static Optional<Origin> parse(String text) {
        Matcher matcher = STRICT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String scheme = matcher.group(1);
        String host = matcher.group(2);
        int defaultPort = scheme.equals("https") ? 443 : 80;
        int port = matcher.group(3) == null ? defaultPort : Integer.parseInt(matcher.group(3));
        boolean isHostValid = host.startsWith("[")
                ? NetUtil.isValidIpV6Address(host.substring(1, host.length() - 1))
                : !host.contains("..") && (!host.matches("[0-9.]+") || NetUtil.isValidIpV4Address(host));
        if (!isHostValid || port > 65_535 || (matcher.group(3) != null && port == defaultPort)) {
            return Optional.empty();
        }
        return Optional.of(new Origin(scheme, host, port));
    }

    public boolean isHttps() {
        return scheme.equals("https");
    }

    public boolean isLoopback() {
        return LOOPBACK.contains(host);
    }

    public boolean isIpLiteral() {
        return host.startsWith("[") || NetUtil.isValidIpV4Address(host);
    }

    public boolean hasDefaultPort() {
        return port == (isHttps() ? 443 : 80);
    }

    /** As it stands in a Host header: the port only when it is not the scheme's own. */
    public String authority() {
        return hasDefaultPort() ? host : host + ":" + port;
    }

    /** This origin and, for a loopback one, the same scheme and port under the other loopback names. */
    public Stream<Origin> withTwins() {
        return isLoopback() ? LOOPBACK.stream().map(h -> new Origin(scheme, h, port)) : Stream.of(this);
    }

    @Override
    public String toString() {
        return scheme + "://" + authority();
    }
}
