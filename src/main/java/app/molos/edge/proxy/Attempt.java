package app.molos.edge.proxy;

import io.vertx.core.http.HttpClientRequest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One try to have one upstream answer a request: a place there, a connection, and what is sent on it. */
final class Attempt implements UpstreamConnections.Taker {
    private final Passage passage;
    private final ModuleState.Lease place;
    private UpstreamConnections.@Nullable Link link;
    private @Nullable HttpClientRequest request;
    private boolean isQueued;
    private boolean isOver;

    Attempt(Passage passage, ModuleState.Lease place) {
        this.passage = passage;
        this.place = place;
    }

    ModuleState.Lease place() {
        return place;
    }

    /** What is being sent; there is one once the attempt is connected. */
    HttpClientRequest request() {
        return Objects.requireNonNull(request);
    }

    /** Whether not a byte of the request can have reached anybody. */
    boolean isUnsent() {
        return request == null;
    }

    /** Whether it failed for no other reason than that an old connection was gone. */
    boolean isOnOldConnection() {
        return link != null && link.wasUsed();
    }

    @Override
    public boolean isOver() {
        return isOver;
    }

    /** Whether it waits for a connection that somebody else has, which says nothing about the upstream. */
    boolean isQueued() {
        return isQueued;
    }

    @Override
    public void waiting(boolean isNowQueued) {
        isQueued = isNowQueued;
    }

    @Override
    public void connected(UpstreamConnections.Link lent) {
        link = lent;
        lent.request(passage.method(), passage.uri())
                .onSuccess(made -> {
                    request = made;
                    if (!isOver) {
                        passage.send(this);
                    }
                })
                .onFailure(this::failed);
    }

    @Override
    public void failed(Throwable failure) {
        passage.failed(this, failure);
    }

    /** After a whole request and a whole answer: the next one may have the connection. */
    void finish() {
        isOver = true;
        place.giveBack();
        UpstreamConnections.Link done = link;
        link = null;
        if (done != null) {
            done.giveBack();
        }
    }

    /** Something is left of the request or of its answer, which nobody else must get to see. */
    void abandon() {
        isOver = true;
        place.giveBack();
        UpstreamConnections.Link abandoned = link;
        link = null;
        if (abandoned != null) {
            abandoned.close();
        }
    }
}
