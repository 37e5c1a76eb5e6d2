package app.molos.edge.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.ratelimit.LoadShedder.Rank;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class LoadShedderTest {
    private static final long LATE = Duration.ofMillis(300).toNanos();

    private final LongAdder shed = new LongAdder();
    private final LoadShedder shedder = new LoadShedder(Duration.ofMillis(200), true, shed);

    private void samples(int count, long late) {
        for (int i = 0; i < count; i++) {
            shedder.sample(late, 0.9);
        }
    }

    private int shedOf100(Rank rank) {
        int given = 0;
        for (int i = 0; i < 100; i++) {
            given += shedder.sheds(rank) ? 1 : 0;
        }
        return given;
    }

    @Test
    void onePause_howeverLong_givesUpNothing() {
        samples(5, 0);
        samples(4, Duration.ofSeconds(30).toNanos());
        assertThat(shedder.isUnderPressure()).isFalse();
        samples(1, 0);
        samples(4, LATE);
        assertThat(shedder.isUnderPressure()).isFalse();
    }

    /** Ten browsers on its two cores are no reason to refuse what they ask. */
    @Test
    void machineThatIsBusyWithOthers_givesUpNothing() {
        for (int i = 0; i < 100; i++) {
            shedder.sample(LATE, 0.1);
        }
        assertThat(shedder.isUnderPressure()).isFalse();
    }

    @Test
    void loopThatStaysLate_givesUpStrangersFirst_thenModulesByPriority_andTakesItBack() {
        samples(5, LATE);
        assertThat(shedOf100(Rank.ANONYMOUS)).isEqualTo(25);
        assertThat(shedOf100(Rank.LOW)).isZero();
        samples(5, LATE);
        assertThat(shedOf100(Rank.ANONYMOUS)).isEqualTo(100);
        assertThat(shedOf100(Rank.LOW)).isBetween(49, 50);
        assertThat(shedOf100(Rank.NORMAL)).isZero();
        samples(100, LATE);
        assertThat(shedder.pressure()).isEqualTo(Rank.values().length);
        assertThat(shedOf100(Rank.OWN)).isEqualTo(100);
        samples(20, 0);
        assertThat(shedOf100(Rank.OWN)).isBetween(0, 1);
        assertThat(shedOf100(Rank.HIGH)).isBetween(99, 100);
        samples(81, 0);
        assertThat(shedder.isUnderPressure()).isFalse();
    }

    /** Otherwise it would be given up and taken back by turns, and nobody could say why. */
    @Test
    void loopAtTheEdge_keepsWhatIsGivenUp_whileItIsLateNowAndThen() {
        samples(5, LATE);
        double before = shedder.pressure();
        samples(1, 0);
        samples(1, LATE);
        assertThat(shedder.pressure()).isBetween(before - 0.06, before);
    }

    @Test
    void switchedOff_givesUpNothing() {
        LoadShedder off = new LoadShedder(Duration.ofMillis(200), false, shed);
        for (int i = 0; i < 100; i++) {
            off.sample(LATE, 1);
        }
        assertThat(off.isUnderPressure()).isFalse();
    }
}
