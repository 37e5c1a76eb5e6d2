package app.molos.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Where the close frame goes: never into another one. */
class WebSocketFramesTest {
    private static final Buffer CLOSE = Buffer.buffer(new byte[] {(byte) 0x88, 2, 0x03, (byte) 0xe9});

    private static Buffer frame(int length, boolean isMasked) {
        Buffer frame = Buffer.buffer().appendByte((byte) 0x82);
        int mask = isMasked ? 0x80 : 0;
        if (length < 126) {
            frame.appendByte((byte) (mask | length));
        } else if (length < 65_536) {
            frame.appendByte((byte) (mask | 126)).appendUnsignedShort(length);
        } else {
            frame.appendByte((byte) (mask | 127)).appendLong(length);
        }
        return frame.appendBytes(new byte[length + (isMasked ? 4 : 0)]);
    }

    @Test
    void betweenFrames_itIsWrittenAtOnce_andNothingFollows() {
        WebSocketFrames frames = new WebSocketFrames();
        frames.pass(frame(5, false));
        assertThat(frames.close()).isEqualTo(CLOSE);
        assertThat(frames.pass(frame(5, false)).length()).isZero();
        assertThat(frames.close().length()).isZero();
    }

    /** Whatever the sizes, however the bytes are cut: what went out is whole frames and then the close frame. */
    @Test
    void withinAFrame_itWaitsForTheEnd_howeverTheBytesAreCut() {
        Random random = new Random(6);
        for (int round = 0; round < 500; round++) {
            Buffer sent = Buffer.buffer();
            int[] ends = new int[6];
            for (int i = 0; i < ends.length; i++) {
                int length = new int[] {0, 1, 125, 126, 300, 65_535, 65_536, 70_000}[random.nextInt(8)];
                sent.appendBuffer(frame(length, random.nextBoolean()));
                ends[i] = sent.length();
            }
            WebSocketFrames frames = new WebSocketFrames();
            Buffer got = Buffer.buffer();
            int closeAt = random.nextInt(sent.length());
            boolean isAsked = false;
            for (int at = 0; at < sent.length(); ) {
                int end = Math.min(sent.length(), at + 1 + random.nextInt(random.nextBoolean() ? 4 : 40_000));
                got.appendBuffer(frames.pass(sent.getBuffer(at, end)));
                at = end;
                if (!isAsked && at >= closeAt) {
                    isAsked = true;
                    got.appendBuffer(frames.close());
                }
            }
            assertThat(frames.isClosed()).isTrue();
            int whole = got.length() - CLOSE.length();
            assertThat(got.getBuffer(whole, got.length())).isEqualTo(CLOSE);
            assertThat(got.getBuffer(0, whole)).isEqualTo(sent.getBuffer(0, whole));
            assertThat(ends).contains(whole);
        }
    }
}
