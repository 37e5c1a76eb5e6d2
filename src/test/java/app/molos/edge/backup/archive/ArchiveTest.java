package app.molos.edge.backup.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an archive is, and everything that it is not. */
class ArchiveTest {
    private static final long MOST = 1 << 24;
    private static final Object[] EVERYTHING = {
        null,
        "",
        "\0",
        "\u2028 \ud83d\ude00 \r\n\t\\\"",
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        (1L << 53) + 1,
        0.1,
        Double.MIN_VALUE,
        Double.POSITIVE_INFINITY,
        new byte[] {0, -1, 127}
    };

    @TempDir
    Path directory;

    private static void write(ArchiveWriter archive) throws IOException {
        archive.file("settings.env", "A=1\n".getBytes(StandardCharsets.UTF_8));
        archive.<RuntimeException>table("people", List.of("id", "name"), rows -> {
            for (int i = 0; i < 1000; i++) {
                rows.write(new Object[] {"id" + i, "name " + i * 7919});
            }
        });
        archive.<RuntimeException>table("none", List.of("id"), rows -> {});
        archive.finish(manifest(archive.parts()));
    }

    private static Manifest manifest(List<Manifest.Part> parts) {
        return new Manifest(
                "abc",
                Instant.EPOCH,
                "house",
                new Manifest.Source("SQLite", "3", 9, "lock", "fingerprint"),
                "1.0",
                List.of("age1x"),
                parts,
                List.of("keys"));
    }

    @Test
    void manifestThatWouldSteerATerminal_isRefused() {
        String hostile =
                manifest(List.of()).toJson().put("program", "\u001b[2J").encode();
        assertThatThrownBy(() -> Manifest.parse(hostile)).hasMessageContaining("control characters");
    }

    private Path archive(String name, String... recipients) throws IOException {
        Path file = directory.resolve(name);
        ArchiveFile.write(file, List.of(recipients), ArchiveTest::write);
        return file;
    }

    private static Manifest read(byte[] bytes) throws IOException {
        return ArchiveReader.read(new ByteArrayInputStream(bytes), MOST, ArchiveReader.NOBODY);
    }

    private static byte[] zip(String... entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < entries.length; i += 2) {
                zip.putNextEntry(new ZipEntry(entries[i]));
                zip.write(entries[i + 1].getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void values_comeBackAsTheyWere() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ArchiveWriter archive = new ArchiveWriter(bytes)) {
            archive.<RuntimeException>table("everything", List.of("a", "b"), rows -> {
                for (Object value : EVERYTHING) {
                    rows.write(new Object[] {1, value});
                }
            });
            archive.finish(manifest(archive.parts()));
        }
        List<Object> values = new ArrayList<>();
        ArchiveReader.read(
                new ByteArrayInputStream(bytes.toByteArray()), MOST, new ArchiveReader.Content<RuntimeException>() {
                    @Override
                    public void table(String name, List<String> columns) {
                        assertThat(name).isEqualTo("everything");
                        assertThat(columns).containsExactly("a", "b");
                    }

                    @Override
                    public void row(@Nullable Object[] row) {
                        assertThat(row[0]).isEqualTo(1L);
                        values.add(row[1]);
                    }

                    @Override
                    public void file(String name, byte[] content) {}
                });
        assertThat(values).containsExactly(EVERYTHING);
    }

    @Test
    void manifest_comesBackAsItWas_withEncryptionAndWithout() throws Exception {
        Encryption.Keys keys = Encryption.generate();
        Encryption.Keys spare = Encryption.generate();
        Path plain = archive("plain.zip");
        Path sealed = archive("sealed.zip.age", keys.recipient(), spare.recipient());
        Manifest manifest = ArchiveFile.read(plain, List.of(), ArchiveReader.NOBODY);
        assertThat(manifest.rows()).isEqualTo(1000);
        assertThat(Manifest.parse(manifest.toJson().encode())).isEqualTo(manifest);
        assertThat(ArchiveFile.read(sealed, List.of(spare.identity()), ArchiveReader.NOBODY))
                .isEqualTo(manifest);
        assertThat(ArchiveFile.isSealed(sealed)).isTrue();
        assertThat(Files.readString(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("people");
        assertThatThrownBy(() ->
                        ArchiveFile.read(sealed, List.of(Encryption.generate().identity()), ArchiveReader.NOBODY))
                .isInstanceOf(DamagedArchive.class)
                .hasMessageContaining("key");
    }

    /** BAK-03: a plain one by the hash of the whole file, an encrypted one by itself. */
    @Test
    void BAK_03_flippedBits_andMissingEnds_areAllFound() throws Exception {
        Encryption.Keys keys = Encryption.generate();
        byte[] sealed = Files.readAllBytes(archive("sealed.zip.age", keys.recipient()));
        byte[] plain = Files.readAllBytes(archive("plain.zip"));
        String sum = ArchiveFile.sha256(directory.resolve("plain.zip"));
        Path file = directory.resolve("damaged");
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = (i % 2 == 0 ? sealed : plain).clone();
            // A quarter each at its head and its end.
            int place = switch (i / 2 % 4) {
                case 0 -> random.nextInt(200);
                case 1 -> bytes.length - 1 - random.nextInt(200);
                default -> random.nextInt(bytes.length);
            };
            bytes[place] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            if (i % 2 == 0) {
                assertThatThrownBy(() -> ArchiveFile.read(file, List.of(keys.identity()), ArchiveReader.NOBODY))
                        .as("bit at %s", place)
                        .isInstanceOf(DamagedArchive.class);
            } else {
                assertThat(ArchiveFile.sha256(file)).isNotEqualTo(sum);
            }
        }
        for (byte[] whole : List.of(sealed, plain)) {
            for (int length = 0; length < whole.length; length += 4096) {
                Files.write(file, Arrays.copyOf(whole, length));
                assertThatThrownBy(() -> ArchiveFile.read(file, List.of(keys.identity()), ArchiveReader.NOBODY))
                        .as("cut to %s bytes", length)
                        .isInstanceOf(DamagedArchive.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../people.ndjson",
                "/etc/passwd",
                "files/../../x",
                "files/",
                "people.ndjson/",
                "People.ndjson",
                "x"
            })
    void BAK_10_namesThatNoWriterGives_areRefused(String name) throws Exception {
        byte[] bytes = zip(name, "[\"id\"]\n");
        assertThatThrownBy(() -> read(bytes)).isInstanceOf(DamagedArchive.class).hasMessageContaining("no archive has");
    }

    @Test
    void entriesThatAreTwice_orBehindTheManifest_orMissing_areRefused() throws Exception {
        String manifest = manifest(List.of()).toJson().encode();
        byte[] behind = zip("manifest.json", manifest, "people.ndjson", "[\"id\"]\n");
        assertThatThrownBy(() -> read(behind)).hasMessageContaining("behind its manifest");
        byte[] missing = zip("people.ndjson", "[\"id\"]\n");
        assertThatThrownBy(() -> read(missing)).hasMessageContaining("ends before its manifest");
        byte[] more = zip("people.ndjson", "[\"id\"]\n", "manifest.json", manifest);
        assertThatThrownBy(() -> read(more)).hasMessageContaining("not what its manifest says");
        assertThatThrownBy(() -> read(zip())).hasMessageContaining("no archive of this program");
        assertThatThrownBy(() -> read("hello".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("no archive of this program");
        byte[] newer = zip("manifest.json", manifest.replace("\"format\":1", "\"format\":2"));
        assertThatThrownBy(() -> read(newer)).hasMessageContaining("a newer one wrote it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"id\"]\n[1,2]\n",
                "[\"id\"]\n{}\n",
                "[\"id\"]\n[[1]]\n",
                "[\"id\"]\n[{\"x\":\"1\"}]\n",
                "[\"id\"]\n[1.5]\n",
                "[\"id\"]\n[1",
                "",
                "[]"
            })
    void rowsThatAreNone_areRefused(String rows) throws Exception {
        byte[] bytes = zip(
                "people.ndjson",
                rows,
                "manifest.json",
                manifest(List.of()).toJson().encode());
        assertThatThrownBy(() -> read(bytes)).isInstanceOf(DamagedArchive.class);
    }

    @Test
    void whatUnpacksToFarMoreThanItIs_isRefused_beforeItIsKept() throws Exception {
        byte[] bomb = zip("people.ndjson", "[\"id\"]\n" + "[\"" + "x".repeat(20_000_000) + "\"]\n");
        assertThatThrownBy(() -> ArchiveReader.read(new ByteArrayInputStream(bomb), 1_000_000, ArchiveReader.NOBODY))
                .hasMessageContaining("unpacks to more than");
    }
}
