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
    private static final List<Cidr> PRIVATE = Stream.of(
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "169.254.0.0/16",
                    "100.64.0.0/10",
                    "fc00::/7",
                    "fe80::/10")
            .map(block -> Cidr.parse(block).orElseThrow())
            .toList();
    /** RFC 8375 and RFC 6762, what ICANN keeps free, and what routers make up. */
    private static final List<String> PRIVATE_NAMES =
            List.of(".home.arpa", ".local", ".internal", ".lan", ".localhost", ".test");

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

    /** Whether only a network of one's own knows the host: a private address, a single word, or a name kept for such use. */
    public boolean isPrivate() {
        if (isIpLiteral()) {
            String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return Cidr.anyContains(PRIVATE, bare);
        }
        return host.indexOf('.') < 0 || PRIVATE_NAMES.stream().anyMatch(host::endsWith);
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
