package app.molos.edge.db.migration;

import app.molos.edge.db.Dialect;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.pattern.ValidatePattern;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/**
 * Flyway set explicitly (MIG-01): its defaults skip badly named files in silence, take a missing directory for success,
 * run an old program on a newer database and read {@code ${…}} in literals as placeholders.
 */
final class FlywaySettings {
    private FlywaySettings() {}

    static FluentConfiguration of(Dialect dialect, String schema, DataSource source, MigrationSet set) {
        FluentConfiguration flyway = Flyway.configure()
                .dataSource(source)
                .resourceProvider(new Files(set))
                .javaMigrationClassProvider(List::of)
                .table(SchemaHistory.TABLE)
                .encoding(StandardCharsets.UTF_8)
                .detectEncoding(false)
                .cleanDisabled(true)
                .validateOnMigrate(true)
                .validateMigrationNaming(true)
                .failOnMissingLocations(true)
                .outOfOrder(false)
                .baselineOnMigrate(false)
                .ignoreMigrationPatterns(new ValidatePattern[0])
                .mixed(false)
                // All or nothing where DDL is transactional throughout; PostgreSQL has statements that are not.
                .group(dialect == Dialect.SQLITE)
                .placeholderReplacement(false)
                .createSchemas(false)
                .connectRetries(2)
                // With the transactional lock CREATE INDEX CONCURRENTLY would wait for Flyway's own transaction for
                // ever.
                .configuration(Map.of("flyway.postgresql.transactional.lock", "false"));
        if (dialect == Dialect.SQLITE) {
            flyway.callbacks(new ForeignKeyCheck());
        }
        return dialect == Dialect.POSTGRESQL ? flyway.defaultSchema(schema).schemas(schema) : flyway;
    }

    /** Gives Flyway the very bytes that were hashed. */
    private record Files(MigrationSet set) implements ResourceProvider {
        @Override
        public @Nullable LoadableResource getResource(String name) {
            return set.files().stream()
                    .filter(f -> f.name().equals(name))
                    .map(f -> (LoadableResource) new Resource(f))
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return set.files().stream()
                    .filter(f -> f.name().startsWith(prefix)
                            && Arrays.stream(suffixes).anyMatch(f.name()::endsWith))
                    .map(f -> (LoadableResource) new Resource(f))
                    .toList();
        }
    }

    private static final class Resource extends LoadableResource {
        private final MigrationFile file;

        Resource(MigrationFile file) {
            this.file = file;
        }

        @Override
        public Reader read() {
            return new StringReader(file.text());
        }

        @Override
        public String getAbsolutePath() {
            return file.name();
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return file.name();
        }

        @Override
        public String getFilename() {
            return file.name();
        }

        @Override
        public String getRelativePath() {
            return file.name();
        }
    }
}
