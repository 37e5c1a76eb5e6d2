package app.molos.edge.db.migration;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.db.Dialect;
import app.molos.edge.db.GuardedDataSource;
import java.util.Optional;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FlywaySettingsTest {
    /** MIG-01, each setting spelled out. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void mig01_settings_areTheGoldenOnes(Dialect dialect) {
        FluentConfiguration flyway = FlywaySettings.of(
                dialect,
                "public",
                new GuardedDataSource(() -> {
                    throw new IllegalStateException();
                }),
                MigrationSet.load(Optional.empty()));
        assertThat(flyway.isCleanDisabled()).isTrue();
        assertThat(flyway.isValidateOnMigrate()).isTrue();
        assertThat(flyway.isValidateMigrationNaming()).isTrue();
        assertThat(flyway.isFailOnMissingLocations()).isTrue();
        assertThat(flyway.isOutOfOrder()).isFalse();
        assertThat(flyway.isBaselineOnMigrate()).isFalse();
        assertThat(flyway.getIgnoreMigrationPatterns()).isEmpty();
        assertThat(flyway.isMixed()).isFalse();
        assertThat(flyway.isGroup()).isEqualTo(dialect == Dialect.SQLITE);
        assertThat(flyway.isPlaceholderReplacement()).isFalse();
        assertThat(flyway.isCreateSchemas()).isFalse();
        assertThat(flyway.getConnectRetries()).isPositive();
        assertThat(flyway.isDetectEncoding()).isFalse();
        assertThat(flyway.getEncoding()).hasToString("UTF-8");
        assertThat(flyway.getTable()).isEqualTo("edge_schema_history");
        assertThat(flyway.getPluginRegister()
                        .getExact(org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension.class)
                        .isTransactionalLock())
                .isFalse();
    }
}
