package app.molos.edge.modules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of a directory with what is in them: {@code file|exec|link <SHA-256> <path>}, one line each, by path. The
 * SHA-256 of that text is the content digest of a module: the same files have it wherever they lie.
 */
public final class FileListing {
    /** The difference between two listings, as sentences for people: at most {@link #MAX_NAMED} files are named. */
    public record Difference(List<String> changed, List<String> added, List<String> removed) {
        private static final int MAX_NAMED = 5;

        public boolean isNone() {
            return changed.isEmpty() && added.isEmpty() && removed.isEmpty();
        }

        @Override
        public String toString() {
            List<String> parts = new ArrayList<>();
            changed.forEach(path -> parts.add("changed " + path));
            added.forEach(path -> parts.add("new " + path));
            removed.forEach(path -> parts.add("missing " + path));
            int more = parts.size() - MAX_NAMED;
            return String.join(", ", parts.subList(0, Math.min(parts.size(), MAX_NAMED)))
                    + (more > 0 ? " and " + more + " more" : "");
        }
    }

    private static final int BUFFER = 1 << 16;

    private final SortedMap<String, String> byPath;

    private FileListing(SortedMap<String, String> byPath) {
        this.byPath = byPath;
    }

    /** Of what lies on the disk. Blocking: reads every file. */
    public static FileListing of(Path directory) throws IOException {
        SortedMap<String, String> byPath = new TreeMap<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                byPath.put(directory.relativize(file).toString().replace('\\', '/'), describe(file, attributes));
                return FileVisitResult.CONTINUE;
            }
        });
        return new FileListing(byPath);
    }

    /** Of a text that {@link #toString} made; fails on any other. */
    public static FileListing parse(String text) throws IOException {
        SortedMap<String, String> byPath = new TreeMap<>();
        for (String line : text.split("\n", -1)) {
            if (!line.isEmpty()) {
                int path = line.indexOf(' ', line.indexOf(' ') + 1);
                if (path < 0) {
                    throw new IOException("not a listing of files");
                }
                byPath.put(line.substring(path + 1), line.substring(0, path));
            }
        }
        return new FileListing(byPath);
    }

    public int size() {
        return byPath.size();
    }

    /** {@code sha256:} and 64 hexadecimal digits. */
    public String digest() {
        return "sha256:" + HexFormat.of().formatHex(sha256().digest(toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns how the other differs from this one. */
    public Difference differenceTo(FileListing found) {
        List<String> changed = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        byPath.forEach((path, content) -> {
            String other = found.byPath.get(path);
            if (other == null) {
                removed.add(path);
            } else if (!other.equals(content)) {
                changed.add(path);
            }
        });
        List<String> added = found.byPath.keySet().stream()
                .filter(path -> !byPath.containsKey(path))
                .toList();
        return new Difference(changed, added, removed);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, String> file : byPath.entrySet()) {
            text.append(file.getValue()).append(' ').append(file.getKey()).append('\n');
        }
        return text.toString();
    }

    private static String describe(Path file, BasicFileAttributes attributes) throws IOException {
        if (attributes.isSymbolicLink()) {
            byte[] target = Files.readSymbolicLink(file).toString().getBytes(StandardCharsets.UTF_8);
            return "link " + HexFormat.of().formatHex(sha256().digest(target));
        }
        MessageDigest digest = sha256();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return (isExecutable(file) ? "exec " : "file ") + HexFormat.of().formatHex(digest.digest());
    }

    /** By its mode, not by what this process may do. */
    private static boolean isExecutable(Path file) throws IOException {
        return Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)
                .contains(PosixFilePermission.OWNER_EXECUTE);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
