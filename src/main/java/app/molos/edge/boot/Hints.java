package app.molos.edge.boot;

import app.molos.edge.backup.BackupConfig;
import app.molos.edge.db.Dialect;
import java.util.List;
import java.util.stream.Stream;

/** What is no fault of any one setting, and of several together may still not be meant. */
record Hints(EdgeConfig config) {
    List<String> all() {
        return Stream.of(hiddenClients(), lonelyRedis(), plainBackups())
                .flatMap(List::stream)
                .toList();
    }

    private List<String> plainBackups() {
        BackupConfig backup = config.lifecycle().backup();
        return backup.isPlainMeant() && backup.leavesDataDir(config.database().dataDir())
                ? List.of("Backups leave DATA_DIR in the clear (BACKUP_ENCRYPT=false): who reads them there reads the"
                        + " database. `backup keygen` makes a key to write BACKUP_RECIPIENTS=age1... instead")
                : List.of();
    }

    /** Something in front speaks TLS, and nothing says what: to limits and bans, everybody who comes by it is one. */
    private List<String> hiddenClients() {
        boolean isBehind = config.mode().isProduction()
                && config.site().origin().isHttps()
                && !config.http().secure().tls().isOn()
                && config.http().inbound().proxyProtocolPeers().isEmpty();
        return isBehind && config.site().trustedProxies().isEmpty()
                ? List.of(
                        "ORIGIN is https and this port speaks plain http, so a proxy stands in front, and TRUSTED_PROXIES does not"
                                + " list it: all who come by it count as one client, whose limits only observe once it has sent X-Forwarded-For."
                                + " Write its address: TRUSTED_PROXIES=127.0.0.1/32")
                : List.of();
    }

    private List<String> lonelyRedis() {
        return config.accounts().defence().redis().server().isPresent()
                        && config.database().url().dialect() == Dialect.SQLITE
                ? List.of(
                        "REDIS_URL is for limits that several nodes share, and a SQLite file has one node: requests wait for"
                                + " Redis, and nothing is won. Unset it, or write DATABASE_URL=postgresql://user:password@host:5432/molos")
                : List.of();
    }
}
