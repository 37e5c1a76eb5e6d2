package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.Version;
import org.junit.jupiter.api.Test;

/** Vert.x's own Netty can be smuggled (F1); the first BOM of the pom must win for every Netty artifact. */
class NettyVersionTest {
    @Test
    void everyNettyArtifact_isTheOneOfOurBom() {
        assertThat(Version.identify().values())
                .isNotEmpty()
                .allSatisfy(v -> assertThat(v.artifactVersion()).isEqualTo("4.2.18.Final"));
    }
}
