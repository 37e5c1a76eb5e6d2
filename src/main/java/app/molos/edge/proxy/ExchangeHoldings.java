package app.molos.edge.proxy;

import app.molos.edge.proxy.upstream.BreakerPermit;
import app.molos.edge.session.SignedIn;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a {@link ProxyExchange} has of others while it lasts, and gives back once, however it ends. */
final class ExchangeHoldings {
    private final UpstreamProxy proxy;
    private boolean isRetry;
    private @Nullable BreakerPermit permit;
    private StreamRevoker.@Nullable Guarded guarded;
    private OpenStreams.@Nullable Stream stream;

    ExchangeHoldings(UpstreamProxy proxy) {
        this.proxy = proxy;
    }

    void permit(BreakerPermit admitted) {
        permit = admitted;
    }

    /** Returns the breaker's permit, which every exchange has that came as far as a connection. */
    BreakerPermit permit() {
        return Objects.requireNonNull(permit);
    }

    /**
     * Has a stream end with its session.
     *
     * @param signedIn whose stream it is; null: nobody's, and it stays
     */
    void guard(@Nullable SignedIn signedIn, Runnable revoke) {
        if (signedIn != null) {
            guarded = proxy.revoker().add(signedIn, proxy.access(), revoke);
        }
    }

    /** Has the stream be told when the server leaves. */
    void stream(OpenStreams.Stream opened) {
        stream = opened;
        proxy.streams().add(opened);
    }

    /** Takes a share of the module's retries. */
    void retry() {
        isRetry = true;
    }

    boolean isRetry() {
        return isRetry;
    }

    void release() {
        if (permit != null) {
            permit.release();
        }
        if (guarded != null) {
            guarded.ended();
        }
        if (stream != null) {
            proxy.streams().remove(stream);
        }
        if (isRetry) {
            proxy.group().endRetry();
        }
    }
}
