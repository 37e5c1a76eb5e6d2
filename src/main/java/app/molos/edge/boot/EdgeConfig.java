package app.molos.edge.boot;

import app.molos.edge.auth.AuthConfig;
import app.molos.edge.backup.BackupConfig;
import app.molos.edge.cluster.RedisConfig;
import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigLoader;
import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.health.HealthConfig;
import app.molos.edge.http.Http2Config;
import app.molos.edge.http.HttpConfig;
import app.molos.edge.http.management.AgentConfig;
import app.molos.edge.intrusion.IntrusionConfig;
import app.molos.edge.mail.MailConfig;
import app.molos.edge.modules.ModulesConfig;
import app.molos.edge.passwords.PasswordConfig;
import app.molos.edge.proxy.ProxyConfig;
import app.molos.edge.ratelimit.LimitsConfig;
import app.molos.edge.ratelimit.ThrottleConfig;
import app.molos.edge.session.SecretConfig;
import app.molos.edge.session.SessionConfig;
import app.molos.edge.tls.TlsConfig;
import app.molos.edge.web.SiteConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The configuration of every feature, read once. */
public record EdgeConfig(
        EdgeMode mode,
        SiteConfig site,
        HttpConfig http,
        DatabaseConfig database,
        Accounts accounts,
        ModulesConfig modules,
        ProxyConfig proxy,
        Lifecycle lifecycle) {
    /** The configuration that concerns people. */
    public record Accounts(
            SecretConfig secrets,
            SessionConfig session,
            AuthConfig auth,
            PasswordConfig passwords,
            ThrottleConfig throttle,
            Defence defence,
            MailConfig mail) {}

    /** The configuration of what keeps strangers in bounds. */
    public record Defence(LimitsConfig limits, RedisConfig redis, IntrusionConfig intrusion) {}

    /**
     * The configuration that concerns the process.
     *
     * @param settings every key as it was written, secrets masked: for who looks at it later
     */
    public record Lifecycle(
            HealthConfig health,
            ShutdownConfig shutdown,
            AgentConfig agent,
            BackupConfig backup,
            List<Shown> settings) {}

    /** Keys that belong together, under a heading of docs/configuration.md. */
    public record Section(String title, List<ConfigKey> keys) {}

    public static final List<Section> SECTIONS = List.of(
            new Section(
                    "The site",
                    Stream.concat(Stream.of(EdgeMode.KEY), SiteConfig.KEYS.stream())
                            .toList()),
            new Section("Listeners", HttpConfig.KEYS),
            new Section(
                    "TLS and HTTP/2",
                    Stream.concat(TlsConfig.KEYS.stream(), Http2Config.KEYS.stream())
                            .toList()),
            new Section("Database", DatabaseConfig.KEYS),
            new Section("Backups", BackupConfig.KEYS),
            new Section("Secrets", SecretConfig.KEYS),
            new Section("Sessions", SessionConfig.KEYS),
            new Section("Accounts", AuthConfig.KEYS),
            new Section("Passwords", PasswordConfig.KEYS),
            new Section("Limits", LimitsConfig.KEYS),
            new Section("Several nodes", RedisConfig.KEYS),
            new Section("Intrusion", IntrusionConfig.KEYS),
            new Section("Guessing", ThrottleConfig.KEYS),
            new Section("Mail", MailConfig.KEYS),
            new Section("Modules", ModulesConfig.KEYS),
            new Section("Forwarding", ProxyConfig.KEYS),
            new Section(
                    "Health",
                    Stream.concat(HealthConfig.KEYS.stream(), AgentConfig.KEYS.stream())
                            .toList()),
            new Section("Stopping", ShutdownConfig.KEYS));

    /** Every key there is. */
    public static final List<ConfigKey> KEYS =
            SECTIONS.stream().flatMap(section -> section.keys().stream()).toList();

    /**
     * A configuration and what is wrong with it; with problems it is good for looking at only. Warnings are about what
     * is no fault and may still not be meant.
     */
    public record Loaded(EdgeConfig config, ConfigProblems problems, List<String> warnings) {}

    /** The configuration, or a refusal with all that is wrong with it. */
    public static EdgeConfig read(Map<String, String> environment) {
        Loaded loaded = load(environment);
        loaded.problems().throwIfAny();
        return loaded.config();
    }

    /** One key: its value as it may be shown, where that was written (empty: nowhere), and the default. */
    public record Shown(ConfigKey key, String value, String where) {}

    /** Every key as the environment and the file have it; faults are not looked for. */
    public static List<Shown> show(Map<String, String> environment) {
        return shown(new ConfigLoader(environment, KEYS, Set.of(EdgeMode.ALIAS)).load());
    }

    private static List<Shown> shown(ConfigReader reader) {
        return KEYS.stream()
                .map(key -> new Shown(
                        key,
                        key.masked(reader.text(key)),
                        reader.setting(key).map(ConfigReader.Setting::where).orElse("")))
                .toList();
    }

    /** A port that speaks TLS is reached by https, and by nothing else. */
    private static void judge(ConfigReader reader, SiteConfig site, HttpConfig http) {
        if (http.secure().tls().isOn() && reader.isSet(SiteConfig.ORIGIN)) {
            site.origins().all().stream()
                    .filter(origin -> !origin.isHttps())
                    .findFirst()
                    .ifPresent(origin -> reader.refuse(
                            SiteConfig.ORIGIN,
                            origin + " is http, and the port speaks TLS (TLS_CERT): nobody could come by it",
                            "ORIGIN=https://" + origin.host()));
        }
    }

    public static Loaded load(Map<String, String> environment) {
        ConfigReader reader = new ConfigLoader(environment, KEYS, Set.of(EdgeMode.ALIAS)).load();
        EdgeMode mode = EdgeMode.read(reader);
        HttpConfig http = HttpConfig.read(reader, mode);
        DatabaseConfig database = DatabaseConfig.read(reader);
        MailConfig mail = MailConfig.read(reader);
        SiteConfig site = SiteConfig.read(reader, mode, http.site().port());
        judge(reader, site, http);
        HealthConfig health = HealthConfig.read(reader);
        EdgeConfig config = new EdgeConfig(
                mode,
                site,
                http,
                database,
                new Accounts(
                        SecretConfig.read(reader, mode),
                        SessionConfig.read(reader),
                        AuthConfig.read(reader, mode, mail.server().isPresent()),
                        PasswordConfig.read(reader),
                        ThrottleConfig.read(reader),
                        new Defence(LimitsConfig.read(reader), RedisConfig.read(reader), IntrusionConfig.read(reader)),
                        mail),
                ModulesConfig.read(
                        reader,
                        mode,
                        database.dataDir(),
                        health.aliases().stream().map(HealthConfig.Alias::path).toList()),
                ProxyConfig.read(reader),
                new Lifecycle(
                        health,
                        ShutdownConfig.read(reader, mode),
                        AgentConfig.read(reader, mode),
                        BackupConfig.read(reader, mode, database.dataDir()),
                        shown(reader)));
        List<String> warnings = new ArrayList<>(
                ConfigLoader.nearMisses(environment, KEYS, Set.of(EdgeMode.ALIAS, "JAVA_OPTS", "APP_DIR")));
        warnings.addAll(reader.formerNames(KEYS));
        warnings.addAll(config.lifecycle().shutdown().warnings());
        warnings.addAll(new Hints(config).all());
        warnings.addAll(http.secure().tls().warnings(config.site().origin().host(), Instant.now()));
        return new Loaded(config, reader.problems(), warnings);
    }
}
