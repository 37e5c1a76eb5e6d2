package app.molos.edge.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LimitTableTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final Rate RATE = Rate.of("anonymous", "limits.anonymousRate", 20, Duration.ofSeconds(1), 600);

    private final AtomicLong nanos = new AtomicLong(-SECOND);
    private final LimitTable table = new LimitTable(new KeyHash(1, 2), nanos::get, 1 << 18);

    private long take(String name) {
        return table.take(RATE, name, Rate.COST);
    }

    /** The vectors of the reference implementation: no byte, and 00 01 ... 0d, under the key 00 01 ... 0f. */
    @Test
    void keyHash_isSipHash() {
        KeyHash hash = new KeyHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 14; i += 2) {
            text.append((char) (i | i + 1 << 8));
        }
        assertThat(hash.of("", "")).isEqualTo(0x726fdb47dd0e0e31L);
        assertThat(hash.of("", text.toString())).isEqualTo(0xf723ca908e7af2eeL);
        assertThat(hash.of("other", text.toString())).isNotEqualTo(0xf723ca908e7af2eeL);
    }

    /** RL-03. */
    @Test
    void burst_passes_thenTheRate_andTheWaitIsExact() {
        for (int i = 0; i < 600; i++) {
            assertThat(take("a")).isZero();
        }
        assertThat(take("a")).isEqualTo(SECOND / 20);
        assertThat(take("b")).isZero();
        int passed = 0;
        for (int i = 0; i < 1000; i++) {
            nanos.addAndGet(SECOND / 100);
            passed += take("a") == 0 ? 1 : 0;
        }
        assertThat(passed).isEqualTo(200);
        nanos.addAndGet(30 * SECOND);
        for (int i = 0; i < 600; i++) {
            assertThat(take("a")).isZero();
        }
        assertThat(take("a")).isPositive();
    }

    @Test
    void whatIsRefused_costsNothing_andACheapRequestATenth() {
        for (int i = 0; i < 6000; i++) {
            assertThat(table.take(RATE, "a", Rate.CHEAP)).isZero();
        }
        for (int i = 0; i < 100; i++) {
            assertThat(table.take(RATE, "a", Rate.CHEAP)).isEqualTo(SECOND / 200);
        }
        nanos.addAndGet(SECOND / 200);
        assertThat(table.take(RATE, "a", Rate.CHEAP)).isZero();
    }

    /** RL-07: five million keys are two hundred thousand entries, and nobody who is limited goes free. */
    @Test
    void floodOfNewKeys_keepsWhatIsLimited() {
        Rate hourly = Rate.of("sign-up", "limits.signUps", 5, Duration.ofHours(1), 5);
        for (int i = 0; i < 1000; i++) {
            for (int n = 0; n < 600; n++) {
                take("limited " + i);
            }
        }
        for (int i = 0; i < 5_000_000; i++) {
            table.take(i % 2 == 0 ? RATE : hourly, "flood " + i, Rate.COST);
        }
        for (int i = 0; i < 1000; i++) {
            assertThat(take("limited " + i)).isPositive();
        }
    }

    @Test
    void countWithin_startsAgainAfterSilence_whichRefusalsDoNotProlong() {
        for (int i = 0; i < 3; i++) {
            assertThat(table.countWithin("family", "a", 3, 10 * SECOND)).isZero();
            nanos.addAndGet(SECOND);
        }
        assertThat(table.countWithin("family", "a", 3, 10 * SECOND)).isEqualTo(9 * SECOND);
        nanos.addAndGet(8 * SECOND);
        assertThat(table.countWithin("family", "a", 3, 10 * SECOND)).isEqualTo(SECOND);
        nanos.addAndGet(SECOND);
        assertThat(table.countWithin("family", "a", 3, 10 * SECOND)).isZero();
        assertThat(table.counted("family", "a").count()).isEqualTo(1);
        table.forget("family", "a");
        assertThat(table.counted("family", "a").count()).isZero();
    }

    @Test
    void count_isKept_andForgottenLongAfterTheLast() {
        table.count("family", "a", 5, 60 * SECOND);
        nanos.addAndGet(59 * SECOND);
        table.count("family", "a", 5, 60 * SECOND);
        nanos.addAndGet(59 * SECOND);
        assertThat(table.counted("family", "a")).isEqualTo(new LimitTable.Count(2, SECOND));
        nanos.addAndGet(SECOND);
        assertThat(table.counted("family", "a").count()).isZero();
    }

    @Test
    void manyThreads_takeNoMoreThanThereIs() throws Exception {
        AtomicInteger passed = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(8);
        for (int t = 0; t < 8; t++) {
            int seed = t;
            new Thread(() -> {
                        Random random = new Random(seed);
                        for (int i = 0; i < 20_000; i++) {
                            take("other " + random.nextInt(100_000));
                            passed.addAndGet(take("a") == 0 ? 1 : 0);
                        }
                        done.countDown();
                    })
                    .start();
        }
        done.await();
        assertThat(passed.get()).isEqualTo(600);
    }
}
