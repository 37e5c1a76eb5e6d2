package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.commands.Commands;
import app.molos.edge.commands.Terminal;
import app.molos.edge.testing.EdgeServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every configuration that is refused, with its exit code and what the operator reads: place, fault, line to write. */
class RefusedConfigurationsTest {
    private static final String SECRET = "kX4v9QmZ7pLw2RtY8sNb3HdJ6fGc1VaE";
    private static final Map<String, String> PRODUCTION =
            Map.of("EDGE_ENV", "production", "ORIGIN", "https://edge.example.org", "BETTER_AUTH_SECRET", SECRET);

    @TempDir
    Path directory;

    /** Settings, files (edge.yaml, modules.yaml, …) and what must be said; the exit code is 2 in every row. */
    record Row(String name, Map<String, String> settings, Map<String, String> files, List<String> says) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Row variable(String name, String variable, String value, String... says) {
        return new Row(name, Map.of(variable, value), Map.of(), List.of(says));
    }

    static Row file(String name, String edgeYaml, String... says) {
        return new Row(name, Map.of("EDGE_CONFIG", "edge.yaml"), Map.of("edge.yaml", edgeYaml), List.of(says));
    }

    static Row production(String name, String variable, String value, String... says) {
        Map<String, String> settings = new HashMap<>(PRODUCTION);
        settings.put(variable, value);
        return new Row(name, settings, Map.of("modules.yaml", "production:\n  modules: []\n"), List.of(says));
    }

    static Row module(String name, String yaml, String... says) {
        return new Row(
                name, Map.of(), Map.of("modules.yaml", "development:\n  modules:\n" + yaml.indent(4)), List.of(says));
    }

    static Row productionModule(String name, String yaml, String... says) {
        return new Row(
                name, PRODUCTION, Map.of("modules.yaml", "production:\n  modules:\n" + yaml.indent(4)), List.of(says));
    }

    static final String UPSTREAM = "  repository: https://git.example.org/n.git\n  upstream: http://127.0.0.1:3000\n";

    static Stream<Row> rows() {
        return Stream.of(environment(), values(), files(), production(), modulesEverywhere(), modulesInProduction())
                .flatMap(s -> s);
    }

    static Stream<Row> environment() {
        return Stream.of(
                variable("unknown EDGE_ENV", "EDGE_ENV", "staging", "EDGE_ENV: \"staging\" is neither development nor"),
                variable("unknown NODE_ENV", "NODE_ENV", "prod", "NODE_ENV: \"prod\" is neither"),
                new Row(
                        "the two disagree",
                        Map.of("EDGE_ENV", "development", "NODE_ENV", "production"),
                        Map.of(),
                        List.of("EDGE_ENV: says development but NODE_ENV says production")),
                variable("EDGE_CONFIG names no file", "EDGE_CONFIG", "nowhere.yaml", "EDGE_CONFIG: there is no file"));
    }

    static Stream<Row> values() {
        return Stream.of(
                variable(
                        "two origins on one host",
                        "ORIGIN",
                        "https://edge.example.org,http://edge.example.org:8080",
                        "two origins have the host edge.example.org"),
                production(
                        "a public http origin in production",
                        "ORIGIN",
                        "http://edge.example.org",
                        "is http and public",
                        "ALLOW_INSECURE_ORIGIN=true"),
                variable(
                        "an alias that nobody knows",
                        "HEALTH_ALIASES",
                        "spring",
                        "\"spring\" is none of microprofile, actuator"),
                variable(
                        "port with a leading zero",
                        "PORT",
                        "04173",
                        "PORT: \"04173\" is not a whole number",
                        "PORT=4173"),
                variable("port in exponents", "PORT", "4e3", "PORT: \"4e3\" is not a whole number"),
                variable("port too large", "PORT", "70000", "from 0 to 65535"),
                variable(
                        "management on the same port",
                        "MANAGEMENT_PORT",
                        "4173",
                        "the port of the site",
                        "MANAGEMENT_PORT=4174"),
                variable("no event loop", "SERVER_EVENT_LOOPS", "0", "SERVER_EVENT_LOOPS: \"0\""),
                variable(
                        "origin with a slash",
                        "ORIGIN",
                        "https://edge.example.org/",
                        "ORIGIN: \"https://edge.example.org/\"",
                        "write: ORIGIN=https://edge.example.org"),
                variable(
                        "origin in upper case",
                        "ORIGIN",
                        "https://Edge.example.org",
                        "write: ORIGIN=https://edge.example.org"),
                variable(
                        "origin with the default port",
                        "ORIGIN",
                        "https://edge.example.org:443",
                        "write: ORIGIN=https://edge.example.org"),
                variable(
                        "origin without scheme",
                        "ORIGIN",
                        "edge.example.org",
                        "write: ORIGIN=https://edge.example.org"),
                variable(
                        "trusted origin with wildcard",
                        "CSRF_TRUSTED_ORIGINS",
                        "https://*.example.org",
                        "CSRF_TRUSTED_ORIGINS",
                        "no wildcard"),
                variable("proxy that is no block", "TRUSTED_PROXIES", "10.0.0.1/8", "TRUSTED_PROXIES: \"10.0.0.1/8\""),
                variable(
                        "database of another kind",
                        "DATABASE_URL",
                        "mysql://u:hunter2@h/d",
                        "DATABASE_URL: the address starts with none of"),
                variable(
                        "database without a name",
                        "DATABASE_URL",
                        "postgresql://u:hunter2@h:5432",
                        "is not postgresql://user:password@host:port/database"),
                variable(
                        "database with an unknown parameter",
                        "DATABASE_URL",
                        "postgresql://u@h/d?sslmod=require",
                        "unknown parameter \"sslmod\" (did you mean sslmode?)"),
                variable(
                        "database with an unknown sslmode",
                        "DATABASE_URL",
                        "postgresql://u@h/d?sslmode=maybe",
                        "sslmode that is none of"),
                new Row(
                        "two passwords of a database",
                        Map.of("DATABASE_URL", "postgresql://u:hunter2@h/d", "DATABASE_PASSWORD_FILE", "password"),
                        Map.of("password", "other"),
                        List.of("DATABASE_PASSWORD_FILE: DATABASE_URL has a password as well")),
                new Row(
                        "a password of nobody",
                        Map.of("DATABASE_URL", "postgresql://h/d", "DATABASE_PASSWORD_FILE", "password"),
                        Map.of("password", "hunter2"),
                        List.of("DATABASE_PASSWORD_FILE: DATABASE_URL names no user")),
                new Row(
                        "an empty password file",
                        Map.of("DATABASE_URL", "postgresql://u@h/d", "DATABASE_PASSWORD_FILE", "password"),
                        Map.of("password", "\n"),
                        List.of("DATABASE_PASSWORD_FILE: the file is empty")),
                variable(
                        "a password for a file",
                        "DATABASE_PASSWORD_FILE",
                        "nowhere",
                        "DATABASE_PASSWORD_FILE: a SQLite file has no password"),
                variable("database in memory", "DATABASE_URL", "sqlite::memory:", "names no database file"),
                variable("management by name", "MANAGEMENT_HOST", "nas.lan", "is neither an address nor localhost"),
                variable(
                        "schema in upper case",
                        "DATABASE_URL",
                        "postgresql://u@h/d?currentSchema=Foo",
                        "one plain name in lower case"),
                variable(
                        "duration without unit",
                        "SHUTDOWN_DEADLINE",
                        "8",
                        "SHUTDOWN_DEADLINE: \"8\" is not a duration",
                        "SHUTDOWN_DEADLINE=9s"),
                variable("sign-up mode unknown", "AUTH_SIGN_UP", "maybe", "is not one of auto, open, closed"),
                variable("home elsewhere", "EDGE_HOME", "//evil.example", "is not a path on this site"),
                variable(
                        "no migrations directory",
                        "MIGRATIONS_DIR",
                        "nowhere",
                        "MIGRATIONS_DIR: there is no directory nowhere"),
                variable(
                        "secret file missing", "BETTER_AUTH_SECRET_FILE", "nowhere", "the file nowhere cannot be read"),
                new Row(
                        "secret twice",
                        Map.of("BETTER_AUTH_SECRET", SECRET, "BETTER_AUTH_SECRET_FILE", "f"),
                        Map.of(),
                        List.of("BETTER_AUTH_SECRET_FILE: BETTER_AUTH_SECRET is set as well")));
    }

    static Stream<Row> files() {
        return Stream.of(
                file(
                        "unknown key",
                        "server:\n  prot: 1\n",
                        "edge.yaml:2: there is no key \"server.prot\"",
                        "server.port (did you mean that?)"),
                file("unknown group", "databse:\n  url: x\n", "edge.yaml:1: there is no key \"databse\""),
                file(
                        "key twice",
                        "server:\n  port: 1\n  port: 2\n",
                        "edge.yaml:3: the key \"port\" stands here a second time"),
                file(
                        "octal port",
                        "server:\n  port: 010\n",
                        "edge.yaml:2 server.port: \"010\" is not a whole number",
                        "port: 4173"),
                file(
                        "word for a truth",
                        "server:\n  accessLog: off\n",
                        "edge.yaml:2 server.accessLog: \"off\" is neither true nor false"),
                file("mapping for a value", "origin:\n  a: b\n", "edge.yaml:1: origin must be a single value"),
                file("a list", "- a\n", "edge.yaml:1: the file must be a mapping"),
                file("broken YAML", "server: [\n", "edge.yaml:2: not valid YAML"),
                file(
                        "custom tag on a mapping",
                        "server: !foo\n  port: 1\n",
                        "edge.yaml:1: the tag !foo means nothing here"),
                file(
                        "number that is none",
                        "server:\n  port: !!int \"x\"\n",
                        "edge.yaml:2: the tag !!int means nothing here"),
                file(
                        "list of mappings",
                        "http:\n  trustedProxies: [{a: 1}]\n",
                        "edge.yaml:2: http.trustedProxies must be a list of single values"),
                file(
                        "key in two spellings",
                        "server.port: 4199\nserver:\n  port: 4188\n",
                        "edge.yaml:3: the key server.port stands at"),
                file("custom tag", "origin: !!java.net.URL [x]\n", "edge.yaml"));
    }

    static Stream<Row> production() {
        Map<String, String> noOrigin = new HashMap<>(PRODUCTION);
        noOrigin.remove("ORIGIN");
        Map<String, String> noSecret = new HashMap<>(PRODUCTION);
        noSecret.remove("BETTER_AUTH_SECRET");
        Map<String, String> modules = Map.of("modules.yaml", "production:\n  modules: []\n");
        return Stream.of(
                new Row(
                        "production without origin",
                        noOrigin,
                        modules,
                        List.of("ORIGIN: production needs the public address", "ORIGIN=https://edge.example.org")),
                new Row(
                        "production without secret",
                        noSecret,
                        modules,
                        List.of("BETTER_AUTH_SECRET: production needs a secret", "openssl rand -base64 33")),
                production(
                        "short secret",
                        "BETTER_AUTH_SECRET",
                        "kX4v9QmZ7pLw2RtY8sNb3HdJ6fGc1Va",
                        "the secret has 31 characters"),
                production(
                        "placeholder secret",
                        "BETTER_AUTH_SECRET",
                        "please-changeme-please-changeme-1",
                        "is a placeholder"),
                production(
                        "typed secret",
                        "BETTER_AUTH_SECRET",
                        "abcabcabcabcabcabcabcabcabcabcabcabc",
                        "is a placeholder"),
                new Row(
                        "production without module list",
                        PRODUCTION,
                        Map.of(),
                        List.of("MODULES_CONFIG: there is no file")),
                new Row(
                        "production without its key",
                        PRODUCTION,
                        Map.of("modules.yaml", "development:\n  modules: []\n"),
                        List.of("the key production is missing")),
                new Row(
                        "empty module list file",
                        PRODUCTION,
                        Map.of("modules.yaml", ""),
                        List.of("the key production is missing")));
    }

    static Stream<Row> modulesEverywhere() {
        return Stream.of(
                module("no id", "- upstream: http://h:1\n", "modules.yaml:3: a module needs an id"),
                module(
                        "id in upper case",
                        "- id: Notes\n" + UPSTREAM + "  tag: v1.0.0\n",
                        "\"Notes\" is not a lower-case word",
                        "id: notes"),
                module("id that is a number", "- id: 12\n" + UPSTREAM + "  tag: v1.0.0\n", "the id \"12\" is not"),
                module(
                        "tag that is a number",
                        "- id: n\n" + UPSTREAM + "  tag: 1.0\n",
                        "n: the tag 1.0 reads as something else",
                        "tag: \"1.0\""),
                module(
                        "tag and branch",
                        "- id: n\n" + UPSTREAM + "  tag: v1.0.0\n  branch: main\n",
                        "n: has a tag and a branch"),
                module("neither tag nor branch", "- id: n\n" + UPSTREAM, "n: needs a tag or a branch", "tag: v1.0.0"),
                module(
                        "external and pinned",
                        "- id: n\n  external: true\n  repository: r\n  upstream: http://h:1\n",
                        "n: is external and has a repository"),
                module(
                        "external without upstream",
                        "- id: n\n  external: true\n  static: .\n",
                        "n: external is for upstreams"),
                module("version without external", "- id: n\n  version: 1.0.0\n", "n: has a version; a tag says"),
                module("no repository", "- id: n\n  tag: v1.0.0\n  upstream: http://h:1\n", "n: needs the repository"),
                module(
                        "upstream and static",
                        "- id: n\n" + UPSTREAM + "  tag: v1.0.0\n  static: n\n",
                        "n: has upstream and static"),
                module(
                        "upstream over https",
                        "- id: n\n  repository: r\n  tag: v1\n  upstream: https://h\n",
                        "is not http://host[:port]"),
                module(
                        "upstream with a path",
                        "- id: n\n  repository: r\n  tag: v1\n  upstream: http://h/app\n",
                        "is not http://host[:port]"),
                module("static that is not there", "- id: n\n  static: nowhere\n", "n: there is no directory nowhere"),
                module("static outside", "- id: n\n  static: /usr\n", "n: the directory /usr lies outside"),
                module(
                        "static that is the configuration directory",
                        "- id: n\n  static: .\n",
                        "would publish what is in it"),
                module(
                        "unknown access",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  access: anyone\n",
                        "is none of public, user, admin"),
                module(
                        "unknown key",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  acess: public\n",
                        "a module has no key \"acess\"",
                        "access: (did you mean that?)"),
                module(
                        "enabled neither",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  enabled: yes\n",
                        "enabled is \"yes\", neither true nor false"),
                module(
                        "path without slash",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [notes]\n",
                        "the path \"notes\" is not"),
                module(
                        "path with slash at the end",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/notes/]\n",
                        "the path \"/notes/\" is not"),
                module(
                        "path upwards",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/a/../b]\n",
                        "the path \"/a/../b\" is not"),
                module(
                        "reserved /api/auth",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/api/auth/x]\n",
                        "is the edge's own"),
                module(
                        "reserved /api/health",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/api/health]\n",
                        "is the edge's own"),
                module("reserved /edge", "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/edge]\n", "is the edge's own"),
                module(
                        "reserved jwks",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/.well-known/jwks.json]\n",
                        "is the edge's own"),
                module(
                        "reserved /livez",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/livez]\n",
                        "is the edge's own"),
                module(
                        "reserved /readyz",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/readyz]\n",
                        "is the edge's own"),
                module(
                        "id twice",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n- id: n\n" + UPSTREAM + "  tag: v1\n  paths: [/m]\n",
                        "the id \"n\" stands here a second time"),
                module(
                        "path twice, one disabled",
                        "- id: n\n" + UPSTREAM + "  tag: v1\n- id: m\n" + UPSTREAM
                                + "  tag: v1\n  enabled: false\n  paths: [/modules/n]\n",
                        "the path /modules/n belongs to n already"),
                module(
                        "disabled and wrong",
                        "- id: n\n  enabled: false\n  upstream: nonsense\n",
                        "n: the upstream \"nonsense\""),
                module(
                        "health without upstream",
                        "- id: n\n  repository: r\n  tag: v1\n  health: /h\n",
                        "n: has a health path but no upstream"),
                module(
                        "key of an entry twice",
                        "- id: n\n  id: m\n" + UPSTREAM + "  tag: v1\n",
                        "the key \"id\" stands here a second time"),
                new Row(
                        "unknown section",
                        Map.of(),
                        Map.of("modules.yaml", "developement:\n  modules: []\n"),
                        List.of(
                                "modules.yaml:1: there is no key \"developement\"",
                                "development: (did you mean that?)")));
    }

    static Stream<Row> modulesInProduction() {
        return Stream.of(
                productionModule(
                        "a branch",
                        "- id: n\n" + UPSTREAM + "  branch: main\n",
                        "n: a branch moves; production pins a tag"),
                productionModule("no tag", "- id: n\n" + UPSTREAM, "n: needs a tag"),
                productionModule(
                        "tag without v",
                        "- id: n\n" + UPSTREAM + "  tag: \"1.0.0\"\n",
                        "the tag \"1.0.0\" is not v and a semantic version"),
                productionModule(
                        "tag with two v",
                        "- id: n\n" + UPSTREAM + "  tag: vv1.0.0\n",
                        "is not v and a semantic version"),
                productionModule(
                        "tag with a space",
                        "- id: n\n" + UPSTREAM + "  tag: \"v1.0.0 \"\n",
                        "is not v and a semantic version"),
                productionModule(
                        "pre-release with an empty part",
                        "- id: n\n" + UPSTREAM + "  tag: v1.0.0-a..b\n",
                        "is not v and a semantic version"),
                productionModule(
                        "tag of two numbers",
                        "- id: n\n" + UPSTREAM + "  tag: v1.0\n",
                        "is not v and a semantic version"),
                productionModule(
                        "tag with a leading zero",
                        "- id: n\n" + UPSTREAM + "  tag: v01.0.0\n",
                        "is not v and a semantic version"),
                productionModule(
                        "pre-release",
                        "- id: n\n" + UPSTREAM + "  tag: v1.0.0-rc.1\n",
                        "the tag v1.0.0-rc.1 is a pre-release",
                        "allowPrerelease: true"),
                productionModule(
                        "static without tag",
                        "- id: n\n  static: .\n",
                        "n: needs the repository",
                        "n: needs a tag",
                        "would publish"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void unsafeConfiguration_isRefused_withPlaceFaultAndFix(Row row) throws IOException {
        Outcome outcome = check(row.settings(), row.files());
        assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(2);
        assertThat(outcome.text()).contains(row.says()).doesNotContain("hunter2", "Exception", "\tat ");
    }

    @Test
    void everyFault_isReportedAtOnce() throws IOException {
        Outcome outcome = check(
                Map.of("EDGE_CONFIG", "edge.yaml", "PORT", "x", "ORIGIN", "y"),
                Map.of(
                        "edge.yaml", "sever: 1\n",
                        "modules.yaml", "development:\n  modules:\n    - id: A\n    - id: B\n"));
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.text())
                .contains(
                        "configuration problems:",
                        "PORT:",
                        "ORIGIN:",
                        "edge.yaml:1",
                        "modules.yaml:3",
                        "modules.yaml:4");
    }

    @Test
    void safeConfigurations_pass() throws IOException {
        assertThat(check(Map.of(), Map.of()).exitCode()).isZero();
        assertThat(check(
                                PRODUCTION,
                                Map.of(
                                        "modules.yaml",
                                        "production:\n  modules:\n    - id: n\n" + UPSTREAM.indent(4)
                                                + "      tag: v1.0.0-rc.1+build.5\n      allowPrerelease: true\n"))
                        .text())
                .as("all that it lacks is its lock")
                .startsWith("One configuration problem:")
                .contains("n: nothing says which code");
        assertThat(check(
                                PRODUCTION,
                                Map.of(
                                        "modules.yaml",
                                        "production:\n  modules:\n    - id: n\n"
                                                + "      upstream: http://h:1\n      external: true\n      version: \"1.0\"\n"))
                        .exitCode())
                .isZero();
        assertThat(check(
                                Map.of(
                                        "NODE_ENV",
                                        "test",
                                        "DATABASE_URL",
                                        "postgresql://u%40x:p%2Fw@[::1]:5433/d?sslmode=require&currentSchema=edge"),
                                Map.of())
                        .exitCode())
                .isZero();
    }

    private record Outcome(int exitCode, String text) {}

    private Outcome check(Map<String, String> settings, Map<String, String> files) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(directory.resolve(file.getKey()), file.getValue());
        }
        Map<String, String> environment = EdgeServer.environment(directory, Map.of());
        environment.remove("PORT");
        environment.remove("MANAGEMENT_PORT");
        environment.putAll(settings);
        environment.computeIfPresent(
                "EDGE_CONFIG", (k, v) -> v.isEmpty() ? v : directory.resolve(v).toString());
        environment.computeIfPresent(
                "DATABASE_PASSWORD_FILE", (k, v) -> directory.resolve(v).toString());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        int exitCode = new Commands(environment, new Terminal(stream, stream, false)).check(true, false);
        return new Outcome(exitCode, bytes.toString(StandardCharsets.UTF_8));
    }
}
