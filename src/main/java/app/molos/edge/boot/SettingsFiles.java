package app.molos.edge.boot;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What a new machine needs beside the data: the configuration without its secrets, the modules and their lock. Blocking. */
public record SettingsFiles(EdgeConfig config) {
    /** Returns the files that go along with a backup, by name. */
    public Map<String, byte[]> read() {
        Map<String, byte[]> files = new HashMap<>();
        StringBuilder settings = new StringBuilder("# Settings of the edge at the time; secrets are not in it.\n");
        config.lifecycle().settings().stream()
                .filter(shown -> !shown.where().isEmpty())
                .forEach(shown -> settings.append(shown.key().variable())
                        .append('=')
                        .append(shown.value())
                        .append('\n'));
        files.put("settings.env", settings.toString().getBytes(StandardCharsets.UTF_8));
        take(files, "modules.yaml", config.modules().file());
        config.modules().lock().ifPresent(lock -> take(files, "modules.lock", lock));
        return files;
    }

    private static void take(Map<String, byte[]> files, String name, Path file) {
        try {
            if (Files.isRegularFile(file)) {
                files.put(name, Files.readAllBytes(file));
            }
        } catch (IOException e) {
            throw new Refusal(ExitCode.REFUSED, file + " cannot be read, and belongs into the backup.");
        }
    }
}
