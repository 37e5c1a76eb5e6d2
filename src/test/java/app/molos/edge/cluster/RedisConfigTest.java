package app.molos.edge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.boot.EdgeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisConfigTest {
    private static EdgeConfig.Loaded load(Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(Map.of("EDGE_CONFIG", ""));
        environment.putAll(settings);
        return EdgeConfig.load(environment);
    }

    @ParameterizedTest
    @CsvSource({
        "redis://h,redis://h",
        "redis://:hunter2@h:6380/3,redis://h:6380/3",
        "rediss://edge:hunter2@redis.example.org,rediss://redis.example.org",
        "redis://:hunter2@[::1]:6379,redis://[::1]:6379",
        "unix:///run/redis.sock,unix:///run/redis.sock"
    })
    void url_isTaken_andShownWithoutItsPassword(String url, String shown) {
        EdgeConfig.Loaded loaded = load(Map.of("REDIS_URL", url));
        assertThat(loaded.problems().all()).isEmpty();
        RedisConfig.Server server =
                loaded.config().accounts().defence().redis().server().orElseThrow();
        assertThat(server.shown()).isEqualTo(shown);
        assertThat(loaded.config().accounts().defence().redis().toString()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource({
        "http://:hunter2@h,starts with none of",
        "h:6379,starts with none of",
        "redis://,is not a URL",
        "redis://:hunter2@h:99999,must be redis",
        "redis://:hunter2@h/main,a database's number",
        "redis://:hunter2@h?db=1,has parameters",
        "redis://:hunter2%@h,is not a URL",
        "redis://:hun ter2@h,is not a URL",
        "unix://run/redis.sock,names no socket"
    })
    void fault_isNamed_withoutThePassword(String url, String what) {
        EdgeConfig.Loaded loaded = load(Map.of("REDIS_URL", url));
        assertThat(loaded.problems().all())
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .contains("REDIS_URL", what)
                        .doesNotContain("hunter2"));
    }

    @Test
    void passwordFile_andPasswordInTheUrl_areOneTooMany(@TempDir Path directory) throws IOException {
        String file = Files.writeString(directory.resolve("p"), "hunter2\n").toString();
        assertThat(load(Map.of("REDIS_URL", "redis://h", "REDIS_PASSWORD_FILE", file))
                        .problems()
                        .all())
                .isEmpty();
        assertThat(load(Map.of("REDIS_URL", "redis://:a@h", "REDIS_PASSWORD_FILE", file))
                        .problems()
                        .all()
                        .toString())
                .contains("which of the two counts");
        assertThat(load(Map.of("REDIS_PASSWORD_FILE", file)).problems().all().toString())
                .contains("names no server");
    }

    @Test
    void sqlite_hasOneNode_soNobodySharesAnything() {
        assertThat(load(Map.of("REDIS_URL", "redis://h")).warnings().toString()).contains("SQLite");
        assertThat(load(Map.of("REDIS_URL", "redis://h", "DATABASE_URL", "postgresql://a@b/c"))
                        .warnings()
                        .toString())
                .doesNotContain("SQLite");
    }
}
