package app.molos.edge.modules;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The ways in which real servers read one path. Modules may share an upstream and differ in who may enter, so a path
 * that one of the readings takes to another module is refused. Servers differ in whether they decode an escaped slash,
 * whether they cut off parameters ({@code ;x=1}) and whether before or after decoding, and in whether letter case
 * matters; all that do more than we do fold double slashes and dot segments last (Tomcat, Jetty, nginx, Express,
 * Python; {@code PathOraclesIT} asks them).
 */
final class PathReadings {
    private static final Pattern PARAMETERS = Pattern.compile(";[^/]*");

    private PathReadings() {}

    /**
     * Whether a path means the same to all of them.
     *
     * @param path as it is routed and sent: no dot segments, no double slashes
     */
    static boolean agree(ModuleRegistry registry, String path, ModuleRegistry.Match match) {
        if (path.indexOf('%') < 0 && path.indexOf(';') < 0) {
            return isSameInAnyCase(registry, path, match);
        }
        String decoded = decoded(path);
        return agreesOn(registry, match, decoded)
                && agreesOn(registry, match, cut(decoded))
                && agreesOn(registry, match, cut(path))
                && agreesOn(registry, match, decoded(cut(path)))
                && agreesOn(registry, match, cut(decoded(cut(path))));
    }

    private static boolean agreesOn(ModuleRegistry registry, ModuleRegistry.Match match, String reading) {
        String folded = fold(reading);
        ModuleRegistry.Match other = registry.find(folded);
        return other != null
                && other.module().id().equals(match.module().id())
                && isSameInAnyCase(registry, folded, match);
    }

    /** Where case does not matter to either of the modules, another case must not lead to the other one. */
    private static boolean isSameInAnyCase(ModuleRegistry registry, String path, ModuleRegistry.Match match) {
        if (!registry.hasCaseInsensitive()) {
            return true;
        }
        ModuleRegistry.Match other = registry.findInAnyCase(path.toLowerCase(Locale.ROOT));
        return other == null
                || other.module().id().equals(match.module().id())
                || !(other.module().forwarding().isCaseInsensitive()
                        || match.module().forwarding().isCaseInsensitive());
    }

    private static String cut(String path) {
        return path.indexOf(';') < 0 ? path : PARAMETERS.matcher(path).replaceAll("");
    }

    /** Escapes become bytes and bytes become text; what is no escape was refused before. */
    private static String decoded(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        byte[] bytes = new byte[path.length()];
        int length = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%' && i + 2 < path.length()) {
                bytes[length++] =
                        (byte) (Character.digit(path.charAt(i + 1), 16) * 16 + Character.digit(path.charAt(i + 2), 16));
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Without empty segments and dot segments. */
    static String fold(String path) {
        if (!path.contains("//") && !path.contains("/.")) {
            return path;
        }
        List<String> kept = new ArrayList<>();
        String[] segments = path.split("/", -1);
        for (String segment : segments) {
            if (segment.equals("..") && !kept.isEmpty()) {
                kept.remove(kept.size() - 1);
            } else if (!segment.isEmpty() && !segment.equals(".") && !segment.equals("..")) {
                kept.add(segment);
            }
        }
        String last = segments[segments.length - 1];
        boolean isDirectory = last.isEmpty() || last.equals(".") || last.equals("..");
        return "/" + String.join("/", kept) + (isDirectory && !kept.isEmpty() ? "/" : "");
    }
}
