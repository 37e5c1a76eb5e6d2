package app.molos.edge.db.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MIG-02: whatever differs from what was reviewed refuses, the five changes that Flyway takes for none among them. */
class MigrationsLockFileTest {
    private static final String HEADER = "-- What: w\n-- Why: y\n-- author: a\n-- phase: expand\n-- reversible: no\n\n";
    private static final String FIRST = "V0001__first.sql";
    private static final String SECOND = "V0002__second.sql";

    @TempDir
    Path directory;

    @BeforeEach
    void sealTwo() throws IOException {
        write(FIRST, HEADER + "CREATE TABLE t (id INTEGER);\n-- cleanup\nDELETE FROM t;\n");
        write(SECOND, HEADER.replace("expand", "data") + "INSERT INTO t VALUES (1);\n");
        new MigrationAuthor(directory).seal(List.of(FIRST, SECOND), "Ada Lovelace", LocalDate.of(2026, 11, 24));
    }

    @Test
    void sealedFiles_pass() throws IOException {
        assertThatCode(this::verify).doesNotThrowAnyException();
        assertThat(Files.readAllLines(directory.resolve("migrations.lock")))
                .hasSize(2)
                .first()
                .asString()
                .matches("V0001__first\\.sql\t[0-9a-f]{64}\t\\d+\texpand\tAda Lovelace\t2026-11-24\t0{64}");
    }

    @Test
    void theProgramsOwn_pass() {
        MigrationSet packed = MigrationSet.load(Optional.empty());
        assertThatCode(() -> MigrationsLockFile.verify(packed)).doesNotThrowAnyException();
        assertThat(packed.files())
                .isNotEmpty()
                .allSatisfy(f -> assertThat(f.phase()).isPresent());
    }

    @Test
    void mig02_oneByteChanged_refuses() throws IOException {
        write(SECOND, read(SECOND).replace('1', '2'));
        assertRefused(SECOND + " was changed after it was sealed");
    }

    @Test
    void mig02_lineEndsChanged_refuses() throws IOException {
        write(FIRST, read(FIRST).replace("\n", "\r\n"));
        assertRefused(FIRST + " was changed", "LF line ends");
    }

    @Test
    void mig02_byteOrderMark_refuses() throws IOException {
        write(FIRST, "\uFEFF" + read(FIRST));
        assertRefused(FIRST + " was changed", "plain UTF-8");
    }

    @Test
    void mig02_lastLineEndCut_refuses() throws IOException {
        write(FIRST, read(FIRST).stripTrailing());
        assertRefused(FIRST + " was changed");
    }

    /** The change of meaning that Flyway's checksum cannot see: the DELETE has become part of the comment. */
    @Test
    void mig02_linesJoined_refuses() throws IOException {
        write(FIRST, read(FIRST).replace("-- cleanup\nDELETE", "-- cleanup DELETE"));
        assertRefused(FIRST + " was changed");
    }

    @Test
    void mig02_fileAdded_refuses() throws IOException {
        write("V0003__third.sql", "-- phase: expand\nSELECT 1;\n");
        assertRefused("V0003__third.sql is not in the lock", "migrate seal FILE --reviewer NAME");
    }

    @Test
    void mig02_fileMissing_refuses() throws IOException {
        Files.delete(directory.resolve(SECOND));
        assertRefused(SECOND + " is in the lock but not among the files");
    }

    @Test
    void mig02_linesSwapped_refuses() throws IOException {
        String[] lines = read("migrations.lock").split("\n");
        write("migrations.lock", lines[1] + "\n" + lines[0] + "\n");
        assertRefused("does not follow the line before it");
    }

    @Test
    void mig02_reviewerOfASealedLineChanged_refuses() throws IOException {
        write("migrations.lock", read("migrations.lock").replaceFirst("Ada Lovelace", "Nobody"));
        assertRefused("migrations.lock:2 does not follow the line before it");
    }

    @Test
    void mig02_lockMissing_refuses() throws IOException {
        Files.delete(directory.resolve("migrations.lock"));
        assertRefused("migrations.lock is missing or empty");
    }

    @Test
    void mig02_misnamedFile_refuses() throws IOException {
        write("V3_oops.sql", "SELECT 1;\n");
        assertRefused("V3_oops.sql is not named V0000__words_in_lower_case.sql");
    }

    @Test
    void mig02_numberTwice_refuses() throws IOException {
        write("V0002__again.sql", "-- phase: expand\nSELECT 1;\n");
        assertRefused("has the number of another migration");
    }

    @Test
    void mig02_emptyLineAndSubdirectory_refuse() throws IOException {
        write("migrations.lock", read("migrations.lock").replaceFirst("\n", "\n\n"));
        assertRefused("migrations.lock:2 is not file");
        Files.createDirectory(directory.resolve("sub"));
        assertThatThrownBy(this::verify).hasMessageContaining("sub is a directory");
    }

    @Test
    void seal_afterALockWithoutItsLastLineEnd_startsANewLine() throws IOException {
        write("migrations.lock", read("migrations.lock").stripTrailing());
        write("V0003__third.sql", HEADER + "SELECT 1;\n");
        new MigrationAuthor(directory).seal(List.of("V0003__third.sql"), "Ada", LocalDate.of(2026, 11, 25));
        assertThatCode(this::verify).doesNotThrowAnyException();
    }

    @Test
    void seal_ofAChangedFile_refuses() throws IOException {
        write(FIRST, HEADER + "SELECT 2;\n");
        assertSealRefused(SECOND, FIRST + " was changed after it was sealed: write a new migration instead");
    }

    @Test
    void seal_takesTheFilesThatAreNamed_whole_orNone() throws IOException {
        write("V0003__third.sql", "-- What:\n-- Why: because\n-- phase: now\n-- reversible: perhaps\n\n-- SELECT 1;\n");
        assertSealRefused(
                "V0003__third.sql",
                "V0003__third.sql lacks `-- What: …`, `-- author: …`, `-- phase: expand` (or contract, or data),"
                        + " `-- reversible: no` (or yes), any SQL");
        write("V0003__third.sql", HEADER + "SELECT 1;\n");
        write("V0004__fourth.sql", "");
        assertSealRefused("V0005__fifth.sql", "V0005__fifth.sql is not among the files");
        assertSealRefused(SECOND, SECOND + " is sealed already");
        String before = read("migrations.lock");
        assertThat(new MigrationAuthor(directory)
                        .seal(
                                List.of(directory.resolve("V0003__third.sql").toString()),
                                "Ada",
                                LocalDate.of(2026, 11, 25)))
                .containsExactly("V0003__third.sql");
        assertThat(read("migrations.lock")).startsWith(before).doesNotContain("V0004");
        assertRefused("V0004__fourth.sql is not in the lock");
        new MigrationAuthor(directory).unseal("V0003__third.sql");
        assertThat(read("migrations.lock")).isEqualTo(before);
        assertThatThrownBy(() -> new MigrationAuthor(directory).unseal(FIRST))
                .hasMessageContaining("only the last one can be unsealed, which is " + SECOND);
        assertThatThrownBy(() -> new MigrationAuthor(directory).unseal("V0004__fourth.sql"))
                .hasMessageContaining("is not sealed");
    }

    private void assertSealRefused(String file, String says) {
        assertThatThrownBy(() -> new MigrationAuthor(directory).seal(List.of(file), "Ada", LocalDate.of(2026, 11, 25)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining(says);
    }

    @Test
    void mig04_new_writesATemplateWithoutSql() throws IOException {
        Path file = new MigrationAuthor(directory).create("Add Invitations!");
        assertThat(file).hasFileName("V0003__add_invitations.sql");
        assertThat(Files.readAllLines(file)).allMatch(line -> line.isEmpty() || line.startsWith("-- "));
    }

    private void verify() {
        MigrationsLockFile.verify(MigrationSet.in(directory));
    }

    private void assertRefused(String... says) {
        assertThatThrownBy(this::verify).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.exitCode()).isEqualTo(ExitCode.MIGRATION);
            assertThat(refusal).hasMessageContainingAll(says).hasMessageContaining("nothing was executed");
        });
    }

    private void write(String name, String text) throws IOException {
        Files.write(directory.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private String read(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }
}
