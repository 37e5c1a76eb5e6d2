package app.molos.edge.proxy;

import io.vertx.core.buffer.Buffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Compresses a body as it passes (RFC 1952). Every part goes out at once: who writes in parts wants them read in parts.
 * Confined to one event loop.
 */
final class Gzip implements AutoCloseable {
    /** Towards the fast end: it runs on the event loop. */
    private static final int LEVEL = 4;

    private static final byte[] HEAD = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final int STEP = 8 * 1024;

    /** Bytes that zlib keeps for one stream, outside the heap. */
    private static final int STREAM_COST = 264 * 1024;

    private static final int MAX_STREAMS =
            (int) Math.max(16, Runtime.getRuntime().maxMemory() / 8 / STREAM_COST);
    private static final AtomicInteger STREAMS = new AtomicInteger();

    private final boolean isCounted;
    private final Deflater deflater = new Deflater(LEVEL, true);
    private final CRC32 checksum = new CRC32();
    private final byte[] step = new byte[STEP];
    private boolean hasBegun;
    private boolean isClosed;

    private Gzip(boolean isCounted) {
        this.isCounted = isCounted;
    }

    /**
     * For a body that comes in parts; null when so many are under way that their memory would be too much: then it goes
     * plain.
     */
    static @Nullable Gzip open() {
        if (STREAMS.incrementAndGet() > MAX_STREAMS) {
            STREAMS.decrementAndGet();
            return null;
        }
        return new Gzip(true);
    }

    Buffer part(Buffer plain) {
        Buffer packed = head();
        byte[] bytes = plain.getBytes();
        checksum.update(bytes);
        deflater.setInput(bytes);
        drain(packed, Deflater.SYNC_FLUSH);
        return packed;
    }

    /** Ends the body; returns what is left to send. */
    Buffer end() {
        Buffer packed = head();
        deflater.finish();
        drain(packed, Deflater.NO_FLUSH);
        packed.appendIntLE((int) checksum.getValue()).appendIntLE((int) deflater.getBytesRead());
        close();
        return packed;
    }

    static Buffer whole(Buffer plain) {
        try (Gzip gzip = new Gzip(false)) {
            Buffer packed = gzip.head();
            byte[] bytes = plain.getBytes();
            gzip.checksum.update(bytes);
            gzip.deflater.setInput(bytes);
            return packed.appendBuffer(gzip.end());
        }
    }

    /** The memory behind it is not the heap's; nothing else frees it in time. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            deflater.end();
            if (isCounted) {
                STREAMS.decrementAndGet();
            }
        }
    }

    private Buffer head() {
        Buffer head = Buffer.buffer();
        if (!hasBegun) {
            hasBegun = true;
            head.appendBytes(HEAD);
        }
        return head;
    }

    private void drain(Buffer packed, int flush) {
        int length = deflater.deflate(step, 0, STEP, flush);
        while (length > 0) {
            packed.appendBytes(step, 0, length);
            length = length < STEP && flush == Deflater.SYNC_FLUSH ? 0 : deflater.deflate(step, 0, STEP, flush);
        }
    }
}
