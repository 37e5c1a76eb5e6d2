package app.molos.edge.cluster;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * REDIS_URL, judged before the client reads it, whose own errors show the password.
 *
 * @param shown without what is secret
 */
record RedisUrl(String shown, boolean hasPassword) {
    private static final int MAX_PORT = 65_535;

    /**
     * Reads a URL as operators write it.
     *
     * @throws IllegalArgumentException with the rest of a sentence that begins with "the address", and never the password
     */
    static RedisUrl parse(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL (percent-encode @ : / ? # and % in a password)");
        }
        String scheme = url.getScheme() == null ? "" : url.getScheme();
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("has parameters: the edge sets Redis' own");
        }
        String path = url.getPath() == null ? "" : url.getPath();
        if (scheme.equals("unix")) {
            if (path.length() < 2 || url.getRawAuthority() != null) {
                throw new IllegalArgumentException("names no socket: unix:///run/redis.sock");
            }
            return new RedisUrl(text, false);
        }
        if (!scheme.equals("redis") && !scheme.equals("rediss")) {
            throw new IllegalArgumentException("starts with none of redis://, rediss://, unix://");
        }
        if (url.getHost() == null || url.getPort() == 0 || url.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("must be redis://user:password@host:port");
        }
        if (!path.matches("(/\\d{0,4})?")) {
            throw new IllegalArgumentException("has something else than a database's number behind the host");
        }
        String user = url.getRawUserInfo();
        boolean hasPassword = user != null && user.contains(":");
        String host = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        return new RedisUrl(scheme + "://" + host + path, hasPassword);
    }
}
