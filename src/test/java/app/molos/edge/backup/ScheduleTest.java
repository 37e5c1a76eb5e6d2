package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static Schedule schedule(String text) {
        return Schedule.parse(text).orElseThrow();
    }

    @Test
    void interval_isDueThatLongAfterTheLast() {
        assertThat(schedule("6h").after(NOON)).isEqualTo(NOON.plus(Duration.ofHours(6)));
        assertThat(schedule("off").isOn()).isFalse();
    }

    @Test
    void timeOfDay_isDueAtThatTimeNext_neverAtOnce() {
        assertThat(schedule("03:30").after(NOON)).isEqualTo("2026-03-02T03:30:00Z");
        assertThat(schedule("12:00").after(NOON)).isEqualTo("2026-03-02T12:00:00Z");
        assertThat(schedule("12:01").after(NOON)).isEqualTo("2026-03-01T12:01:00Z");
        assertThat(schedule("12:01").isOn()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "on", "daily", "30s", "32d", "24:00", "3:30", "-1h", "0h"})
    void anythingElse_isNone(String text) {
        assertThat(Schedule.parse(text)).isEmpty();
    }
}
