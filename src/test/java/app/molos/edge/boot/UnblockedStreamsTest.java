package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** A process that stops serving gets its own streams back: what is logged after that must not wait in a queue. */
class UnblockedStreamsTest {
    @Test
    void ownStreams_areReplacedWhileItServes_andGivenBack() {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream plain = new PrintStream(printed, true);
        System.setOut(plain);
        System.setErr(plain);
        try {
            try (UnblockedStreams streams = new UnblockedStreams(plain, plain)) {
                assertThat(System.out).isSameAs(streams.out().printing()).isNotSameAs(plain);
                assertThat(System.err).isSameAs(streams.err().printing()).isNotSameAs(plain);
                System.out.println("while it serves");
            }
            assertThat(System.out).isSameAs(plain);
            assertThat(System.err).isSameAs(plain);
            assertThat(printed.toString()).contains("while it serves");
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @Test
    void otherStreams_leaveTheProcessAlone() {
        PrintStream out = System.out;
        try (UnblockedStreams streams = new UnblockedStreams(
                new PrintStream(new ByteArrayOutputStream()), new PrintStream(new ByteArrayOutputStream()))) {
            assertThat(System.out).isSameAs(out);
            assertThat(streams.out().printing()).isNotSameAs(out);
        }
    }
}
