package app.molos.edge.backup;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Which backups are kept: the last three, the newest of each of 24 hours, 7 days, 4 weeks and 12 months that have one, and those
 * that are pinned. What is not verified counts for none of these but the first. The newest verified one is always kept.
 */
public final class Retention {
    private static final int LAST = 3;

    /** One kind of period. */
    private record Period(String name, int most, Function<ZonedDateTime, String> of) {}

    private static final List<Period> PERIODS = List.of(
            new Period("hourly", 24, time -> time.truncatedTo(ChronoUnit.HOURS).toString()),
            new Period("daily", 7, time -> time.toLocalDate().toString()),
            new Period(
                    "weekly",
                    4,
                    time -> time.get(IsoFields.WEEK_BASED_YEAR) + "-" + time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR)),
            new Period("monthly", 12, time -> time.getYear() + "-" + time.getMonthValue()));

    private Retention() {}

    /** Returns those that are kept, the newest first, with the reasons for it. */
    public static Map<Backup, String> kept(List<Backup> backups) {
        List<Backup> newestFirst = backups.stream()
                .sorted(Comparator.comparing(Backup::createdAt).reversed())
                .toList();
        Map<Backup, List<String>> reasons = new LinkedHashMap<>();
        newestFirst.forEach(backup -> reasons.put(backup, new ArrayList<>()));
        newestFirst.stream().limit(LAST).forEach(backup -> add(reasons, backup, "last " + LAST));
        List<Backup> verified = newestFirst.stream().filter(Backup::isVerified).toList();
        verified.stream().limit(1).forEach(backup -> add(reasons, backup, "newest verified"));
        for (Period period : PERIODS) {
            Set<String> seen = new HashSet<>();
            for (Backup backup : verified) {
                if (seen.size() < period.most() && seen.add(period.of().apply(time(backup.createdAt())))) {
                    add(reasons, backup, period.name());
                }
            }
        }
        newestFirst.stream()
                .filter(backup -> backup.status().isPinned())
                .forEach(backup -> add(reasons, backup, "pinned"));
        Map<Backup, String> kept = new LinkedHashMap<>();
        reasons.forEach((backup, why) -> {
            if (!why.isEmpty()) {
                kept.put(backup, String.join(", ", why));
            }
        });
        return kept;
    }

    private static void add(Map<Backup, List<String>> reasons, Backup backup, String reason) {
        reasons.getOrDefault(backup, new ArrayList<>()).add(reason);
    }

    private static ZonedDateTime time(Instant instant) {
        return instant.atZone(ZoneOffset.UTC);
    }
}
