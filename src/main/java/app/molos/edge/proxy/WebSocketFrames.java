package app.molos.edge.proxy;

import io.vertx.core.buffer.Buffer;

/**
 * Follows the frames that a module sends over a WebSocket (RFC 6455, 5.2), so that a close frame of the edge's own goes
 * where one frame has ended and the next has not begun. Confined to one event loop.
 */
final class WebSocketFrames {
    /** FIN and opcode 8, two bytes, 1001: going away. */
    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 0x03, (byte) 0xe9};

    private static final int SHORT = 126;
    private static final int LONG = 127;
    private static final int MASK_LENGTH = 4;
    private static final Buffer NOTHING = Buffer.buffer();

    /** Bytes of the present frame's head that were seen; 0 between frames. */
    private int headSeen;
    /** Bytes that the head has; known after its second byte. */
    private int headLength = 2;

    private int lengthBytes;
    private boolean isMasked;
    private long payload;
    private boolean isWanted;
    private boolean isClosed;

    /** Whether the close frame is out. */
    boolean isClosed() {
        return isClosed;
    }

    /**
     * Asks for the close frame; returns it if it can be written now. Otherwise {@link #pass} puts it behind the present
     * frame.
     */
    Buffer close() {
        if (isClosed || !isAtBoundary()) {
            isWanted = true;
            return NOTHING;
        }
        isClosed = true;
        return Buffer.buffer(GOING_AWAY);
    }

    /** Takes what the module sent next; returns what goes to the client in its place. */
    Buffer pass(Buffer part) {
        if (isClosed) {
            return NOTHING;
        }
        int at = 0;
        int length = part.length();
        while (at < length) {
            if (isWanted && isAtBoundary()) {
                isClosed = true;
                return part.getBuffer(0, at).appendBytes(GOING_AWAY);
            }
            at = step(part, at);
        }
        if (isWanted && isAtBoundary()) {
            isClosed = true;
            return part.copy().appendBytes(GOING_AWAY);
        }
        return part;
    }

    private boolean isAtBoundary() {
        return headSeen == 0;
    }

    /** Reads one byte of a head, or skips what is there of the payload; returns the place behind. */
    private int step(Buffer part, int at) {
        if (headSeen < headLength) {
            head(part.getByte(at));
            return at + 1;
        }
        int skipped = (int) Math.min(payload, part.length() - at);
        payload -= skipped;
        endIfWhole();
        return at + skipped;
    }

    private void head(byte octet) {
        if (headSeen == 1) {
            isMasked = octet < 0;
            int length = octet & 0x7f;
            lengthBytes = length == LONG ? 8 : length == SHORT ? 2 : 0;
            payload = lengthBytes == 0 ? length : 0;
            headLength = 2 + lengthBytes + (isMasked ? MASK_LENGTH : 0);
        } else if (headSeen >= 2 && headSeen < 2 + lengthBytes) {
            payload = (payload << 8) | (octet & 0xff);
        }
        headSeen++;
        endIfWhole();
    }

    private void endIfWhole() {
        if (headSeen == headLength && payload <= 0) {
            headSeen = 0;
            headLength = 2;
            payload = 0;
        }
    }
}
