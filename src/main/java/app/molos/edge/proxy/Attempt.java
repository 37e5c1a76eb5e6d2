package app.molos.edge.proxy;

import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.HttpRequestHead;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One try to have one upstream answer a request: a place there, a connection, and what is sent on it. */
final class Attempt implements UpstreamConnections.Taker {
    private final Passage passage;
    private final ModuleState.Lease place;
    private UpstreamConnections.@Nullable Link link;
    private @Nullable HttpClientStream stream;
    private boolean isQueued;
    private boolean isOver;

    Attempt(Passage passage, ModuleState.Lease place) {
        this.passage = passage;
        this.place = place;
    }

    ModuleState.Lease place() {
        return place;
    }

    /** Where the rest of the request goes; there is one once the attempt is connected. */
    HttpClientStream stream() {
        return Objects.requireNonNull(stream);
    }

    /**
     * Sends a head. Whatever comes of it is told to the passage; that a write failed is told with the end of the connection.
     *
     * @param isWhole whether no body follows
     */
    void send(HttpRequestHead head, boolean isChunked, boolean isWhole, boolean isUpgrade) {
        HttpClientStream to = stream();
        to.headHandler(begun -> passage.answer(this, new Answer(to, begun, Objects.requireNonNull(link).channel())));
        to.earlyHintsHandler(hints -> passage.hint(this, hints));
        to.exceptionHandler(failure -> passage.failed(this, failure));
        to.writeHead(head, isChunked, null, isWhole, null, isUpgrade);
    }

    /** Whether not a byte of the request can have reached anybody. */
    boolean isUnsent() {
        return stream == null;
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
        lent.open()
                .onSuccess(opened -> {
                    stream = opened;
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
