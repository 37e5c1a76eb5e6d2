package app.molos.edge.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class BoundedOutputTest {
    /** A pipe whose reader takes one write a permit. */
    private static final class Pipe extends OutputStream {
        private final Semaphore reader = new Semaphore(0);
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

        @Override
        public void write(int octet) {
            throw new AssertionError("octet by octet");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            reader.acquireUninterruptibly();
            taken.write(bytes, offset, length);
        }
    }

    private final Pipe pipe = new Pipe();
    private final BoundedOutput output = new BoundedOutput(pipe, "writer", 100, lines -> "[" + lines + " missing]\n");

    private void say(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        output.write(bytes, 0, bytes.length);
    }

    @Test
    void readerThatStopped_holdsNobodyUp_andHearsWhatItMissed() {
        say("first\n");
        for (int i = 0; i < 1000; i++) {
            say("a line of 20 octets\n");
        }
        assertThat(output.drain(20)).as("nobody reads").isFalse();
        // Five of 20 fit into 100, whether or not the first is with the pipe by now.
        assertThat(output.dropped()).isBetween(995L, 996L);

        pipe.reader.release(100);
        say("last\n");
        assertThat(output.drain(5000)).isTrue();
        assertThat(pipe.taken.toString(StandardCharsets.UTF_8))
                .startsWith("first\na line of 20 octets\n")
                .contains("[" + output.dropped() + " missing]\n");
    }

    @Test
    void lines_areTakenWholeOrNotAtAll() {
        say("x".repeat(99) + "\n");
        say("y".repeat(99) + "\nz\n");
        pipe.reader.release(100);
        assertThat(output.drain(5000)).isTrue();
        assertThat(pipe.taken.toString(StandardCharsets.UTF_8))
                .doesNotContain("y")
                .doesNotContain("z");
        assertThat(output.dropped()).isEqualTo(2);
    }

    @Test
    void streamThatIsClosed_isDroppedTo() {
        BoundedOutput closed = new BoundedOutput(
                new OutputStream() {
                    @Override
                    public void write(int octet) throws IOException {
                        throw new IOException("closed");
                    }
                },
                "writer",
                100,
                lines -> "");
        closed.printing().println("nobody");
        assertThat(closed.drain(5000)).isTrue();
        assertThat(closed.dropped()).isEqualTo(1);
    }
}
