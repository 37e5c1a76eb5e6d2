package app.molos.edge.boot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Properties;

/** What the build wrote into the program about itself. */
public final class Version {
    private Version() {}

    public static String current() {
        try (InputStream in = Version.class.getResourceAsStream("/edge.properties")) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    /** Returns the CycloneDX document (JSON) of what the jar is made of, or empty where the build has not made it. Blocking. */
    public static Optional<String> billOfMaterials() {
        try (InputStream in = Version.class.getResourceAsStream("/META-INF/sbom/molos-edge.cdx.json")) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
