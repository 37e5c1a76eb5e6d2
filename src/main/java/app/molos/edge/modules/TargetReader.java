package app.molos.edge.modules;

import app.molos.edge.config.YamlFile.Value;
import app.molos.edge.modules.Module.Target;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Reads where a module's answers come from. */
final class TargetReader {
    private static final String EXAMPLE = "upstream: http://127.0.0.1:3000";

    private final EntryFields fields;
    private final ModulesConfig config;
    private final Optional<Path> checkout;

    /** @param checkout where the module's code lies, once it was fetched */
    TargetReader(EntryFields fields, ModulesConfig config, Optional<Path> checkout) {
        this.fields = fields;
        this.config = config;
        this.checkout = checkout;
    }

    Target read() {
        Value upstream = fields.present("upstream");
        Value files = fields.present("static");
        if (upstream != null && files != null) {
            fields.problem(files, "has upstream and static: where does it come from?", "one of the two");
        }
        if (upstream != null) {
            return readUpstream(upstream);
        }
        if (files == null) {
            return new Target.NotFetched();
        }
        return fields.present("repository") == null ? readStatic(files) : readChecked(files);
    }

    private Target readUpstream(Value value) {
        List<Value> items = value.isList() ? value.items() : List.of(value);
        List<Module.Address> addresses = items.stream()
                .map(this::readAddress)
                .flatMap(Optional::stream)
                .distinct()
                .toList();
        if (items.isEmpty()) {
            fields.problem(value, "upstream is empty", EXAMPLE);
        }
        return addresses.isEmpty() ? new Target.NotFetched() : new Target.Upstream(addresses);
    }

    private Optional<Module.Address> readAddress(Value value) {
        try {
            URI uri = new URI(value.literal());
            boolean isPlain = "http".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && (uri.getRawPath() == null
                            || uri.getRawPath().isEmpty()
                            || uri.getRawPath().equals("/"))
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getPort() != 0
                    && uri.getPort() <= 65_535;
            if (isPlain) {
                String host = uri.getHost().startsWith("[")
                        ? uri.getHost().substring(1, uri.getHost().length() - 1)
                        : uri.getHost();
                return Optional.of(new Module.Address(host, uri.getPort() < 0 ? 80 : uri.getPort()));
            }
        } catch (URISyntaxException e) {
            // the one message below covers everything that is no such address
        }
        fields.problem(value, "the upstream " + EntryFields.shown(value) + " is not http://host[:port]", EXAMPLE);
        return Optional.empty();
    }

    /** Relative to the module's code, as it was fetched; who looks after the lock says when that is not here. */
    private Target readChecked(Value value) {
        String fix = "static: dist";
        try {
            Path relative = Path.of(value.literal()).normalize();
            if (relative.isAbsolute() || relative.startsWith("..")) {
                fields.problem(
                        value, "the directory " + EntryFields.shown(value) + " lies outside the module's code", fix);
            } else if (checkout.isPresent()) {
                Path root = checkout.get().toRealPath();
                Path directory = root.resolve(relative);
                if (Files.isDirectory(directory) && directory.toRealPath().startsWith(root)) {
                    return new Target.Static(directory.toRealPath());
                }
                fields.problem(value, "there is no directory " + value.literal() + " in the module's code", fix);
            }
        } catch (IOException | InvalidPathException e) {
            fields.problem(value, "the directory " + EntryFields.shown(value) + " cannot be used", fix);
        }
        return new Target.NotFetched();
    }

    /** Relative to the directory of modules.yaml; links are resolved before asking where it lies. */
    private Target readStatic(Value value) {
        Path configDir = Objects.requireNonNull(
                config.file().toAbsolutePath().normalize().getParent());
        String fix = "static: " + (fields.id().isEmpty() ? "hello" : fields.id());
        try {
            Path written = configDir.resolve(value.literal());
            if (!Files.isDirectory(written)) {
                fields.problem(value, "there is no directory " + value.literal() + " beside modules.yaml", fix);
                return new Target.NotFetched();
            }
            Path directory = written.toRealPath();
            if (isBelowOneRoot(
                    directory,
                    List.of(configDir, config.dataDir().toAbsolutePath().normalize()))) {
                return new Target.Static(directory);
            }
            fields.problem(
                    value,
                    "the directory " + value.literal() + " lies outside the configuration and the data directory,"
                            + " or is one of them and would publish what is in it",
                    fix);
        } catch (IOException | InvalidPathException e) {
            fields.problem(value, "the directory " + EntryFields.shown(value) + " cannot be used", fix);
        }
        return new Target.NotFetched();
    }

    /** Below one of the roots, and none of them in it: they hold the database, the secret and the configuration. */
    private static boolean isBelowOneRoot(Path directory, List<Path> roots) throws IOException {
        boolean isBelow = false;
        for (Path root : roots) {
            if (Files.exists(root)) {
                Path real = root.toRealPath();
                if (real.startsWith(directory)) {
                    return false;
                }
                isBelow |= directory.startsWith(real);
            }
        }
        return isBelow;
    }
}
