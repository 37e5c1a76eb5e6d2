package app.molos.edge.http.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

class HeadroomAllocatorTest {
    private final ByteBufAllocator allocator = new HeadroomAllocator(ByteBufAllocator.DEFAULT);

    private static int capacity(ByteBuf buffer) {
        try {
            assertThat(buffer.isDirect()).isTrue();
            return buffer.capacity();
        } finally {
            buffer.release();
        }
    }

    @Test
    void head_hasRoomForAShortBody() {
        ByteBuf head = allocator.buffer(300);
        assertThat(head.maxFastWritableBytes()).isGreaterThanOrEqualTo(4096);
        assertThat(capacity(head)).isEqualTo(4096);
    }

    /** Thousands of them may wait for one slow client. */
    @Test
    void piecesOfAStream_andWhatIsRead_takeWhatTheyNeed() {
        assertThat(capacity(allocator.directBuffer(300))).isEqualTo(300);
        assertThat(capacity(allocator.ioBuffer(300))).isEqualTo(300);
        assertThat(capacity(allocator.buffer(6))).isEqualTo(6);
        assertThat(capacity(allocator.buffer(65_536))).isEqualTo(65_536);
    }
}
