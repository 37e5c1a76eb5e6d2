package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes a module's own address out of where it sends people: behind the edge nobody can go there. What is left is a
 * path, which leads to the name that the browser asked for.
 */
final class OwnAddress {
    private static final String SCHEME = "http:";
    private static final String DEFAULT_PORT = ":80";
    /** Matches what stands before the address in a Refresh: seconds, and mostly {@code url=}. */
    private static final String REFRESH = "(\\s*[0-9.]+\\s*[;,]\\s*(?:url\\s*=\\s*)?[\"']?)?";

    /**
     * Two of these at the beginning of a path would name a host again; browsers read a backslash as one, and no tab at
     * all.
     */
    private static final Pattern LEADING = Pattern.compile("^[/\\\\\\s]+");

    private final Pattern address;

    OwnAddress(List<Module.Address> addresses) {
        String any = addresses.stream()
                .map(a -> a.toString().substring(SCHEME.length()))
                .flatMap(a -> a.endsWith(DEFAULT_PORT)
                        ? Stream.of(a, a.substring(0, a.length() - DEFAULT_PORT.length()))
                        : Stream.of(a))
                .map(Pattern::quote)
                .collect(Collectors.joining("|"));
        address = Pattern.compile(REFRESH + "(?:https?:)?(?:" + any + ")(?=[/?#\"']|$)", Pattern.CASE_INSENSITIVE);
    }

    /**
     * The value of a Location, Content-Location or Refresh as the client gets it.
     *
     * @param strippedPrefix what the module does not see of its paths; may be empty
     */
    String removedFrom(String value, String strippedPrefix) {
        Matcher matcher = address.matcher(value);
        if (!value.contains("//") || !matcher.lookingAt()) {
            return value;
        }
        String before = matcher.group(1) == null ? "" : matcher.group(1);
        String rest = LEADING.matcher(value.substring(matcher.end())).replaceFirst("");
        return before + strippedPrefix + "/" + rest;
    }
}
