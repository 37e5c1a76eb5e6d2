package app.molos.edge.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.function.UnaryOperator;

/** Moves a body from one side to the other, as fast as the slower one takes it. */
final class Relay {
    /** Who watches over the two sides. */
    interface Progress {
        /** Whether the body is of no use to anybody any more. */
        boolean isOver();

        /**
         * Reports that a part was moved.
         *
         * @param isHeldBack whether the next part waits for the side that takes
         */
        void moved(boolean isHeldBack);
    }

    private Relay() {}

    /**
     * Ends and failures of both sides are the caller's.
     *
     * @param wrapping what each part is sent as
     */
    static void pump(
            ReadStream<Buffer> from, WriteStream<Buffer> to, Progress progress, UnaryOperator<Buffer> wrapping) {
        from.handler(part -> {
            if (progress.isOver()) {
                return;
            }
            // A write that fails is told by the exception handler of the side that takes.
            to.write(wrapping.apply(part));
            boolean isFull = to.writeQueueFull();
            progress.moved(isFull);
            if (isFull) {
                from.pause();
                to.drainHandler(v -> {
                    progress.moved(false);
                    from.resume();
                });
            }
        });
    }
}
