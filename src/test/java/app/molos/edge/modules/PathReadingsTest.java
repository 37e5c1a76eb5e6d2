package app.molos.edge.modules;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.web.Access;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathReadingsTest {
    private static Module module(String id, Access access, boolean isCaseInsensitive, String path) {
        return new Module(
                id,
                Module.Code.LOCAL,
                true,
                List.of(path),
                new Module.Target.NotFetched(),
                Module.Admission.of(access),
                new Forwarding(
                        false,
                        false,
                        true,
                        true,
                        isCaseInsensitive,
                        Forwarding.Balance.ROUND_ROBIN,
                        Map.of(),
                        Forwarding.Timeouts.NONE),
                Optional.empty());
    }

    private static ModuleRegistry registry(boolean isCaseInsensitive) {
        return new ModuleRegistry(List.of(
                module("site", Access.PUBLIC, false, "/"), module("admin", Access.ADMIN, isCaseInsensitive, "/admin")));
    }

    private static boolean isAmbiguous(ModuleRegistry registry, String path) {
        return registry.isAmbiguous(path, registry.find(path));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/.;/admin/secret",
                "/;%2fx/admin/secret",
                "/;x/admin",
                "/;/admin/",
                "/x;/..;/admin",
                "/%2fadmin",
                "/%2Fadmin/x",
                "/admin;x/secret",
                "/admin%3bx/secret",
                "/admin%3Bx",
                "/.%3b/admin/secret",
                "/%2e;/admin",
                "/;a=b;c=d/admin",
                "/%3b/admin",
                "/%2f;x%2fadmin",
                "/.;%2f/admin",
                "/;%2f;/admin/secret"
            })
    void pathThatSomeServerTakesToAnotherModule_isAmbiguous(String path) {
        assertThat(isAmbiguous(registry(false), path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/x",
                "/admin",
                "/admin/x;a=b",
                "/x;a=b/y",
                "/a%20b",
                "/a%2fb",
                "/admin/a%2Fb",
                "/admin/;x/y",
                "/x;admin",
                "/x%3badmin",
                "/Admin",
                "/a%c3%a9",
                "/administrator;x"
            })
    void pathThatAllTakeToOneModule_isNot(String path) {
        assertThat(isAmbiguous(registry(false), path)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "/Admin/x, true",
        "/ADMIN, true",
        "/admin/X, false",
        "/Administrator, false",
        "/x, false",
        "/;x/Admin, true",
        "/%2fADMIN, true"
    })
    void letterCase_countsWhereAModuleSaysThatItDoesNotMatter(String path, boolean isAmbiguous) {
        assertThat(isAmbiguous(registry(true), path)).isEqualTo(isAmbiguous);
    }

    @ParameterizedTest
    @CsvSource({
        "/a/./b, /a/b",
        "//a//b/, /a/b/",
        "/a/../b, /b",
        "/.., /",
        "/./, /",
        "/a/., /a/",
        "/a.b, /a.b",
        "/.a, /.a"
    })
    void fold_resolvesLikeAServer(String path, String folded) {
        assertThat(PathReadings.fold(path)).isEqualTo(folded);
    }
}
