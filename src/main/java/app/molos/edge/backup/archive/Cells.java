package app.molos.edge.backup.archive;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values of a row as an archive has them: null, text and integers as JSON does; bytes as {@code {"b":base64}}; a number
 * with a fraction as {@code {"d":hexadecimal}}, which is exact.
 */
final class Cells {
    /** In UTF-16 code units; what is longer is neither written nor read. */
    static final int LONGEST_ROW = 8 * 1024 * 1024;

    private static final String BYTES = "b";
    private static final String REAL = "d";

    private Cells() {}

    /**
     * Writes a value.
     *
     * @throws IOException also when no archive has such a value
     */
    static void write(JsonGenerator out, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeNull();
        } else if (value instanceof String text) {
            out.writeString(text);
        } else if (value instanceof Long || value instanceof Integer || value instanceof Short) {
            out.writeNumber(((Number) value).longValue());
        } else if (value instanceof byte[] bytes) {
            tagged(out, BYTES, Base64.getEncoder().encodeToString(bytes));
        } else if (value instanceof Double || value instanceof Float) {
            tagged(out, REAL, Double.toHexString(((Number) value).doubleValue()));
        } else {
            throw new IOException("a value is a " + value.getClass().getName() + ", which no archive has");
        }
    }

    /** Refuses a row that whoever reads it could not keep in memory. */
    static void demandBounded(@Nullable Object[] row) throws IOException {
        long size = 0;
        for (Object value : row) {
            size += size(value);
        }
        if (size > LONGEST_ROW) {
            throw new IOException("a row has " + size + " characters, and in an archive " + LONGEST_ROW + " at most");
        }
    }

    private static long size(@Nullable Object value) {
        return value instanceof String text ? text.length() : value instanceof byte[] bytes ? bytes.length * 2L : 0;
    }

    private static void tagged(JsonGenerator out, String tag, String text) throws IOException {
        out.writeStartObject();
        out.writeStringField(tag, text);
        out.writeEndObject();
    }

    /** Reads the value that the parser stands on. */
    static @Nullable Object read(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_STRING -> in.getText();
            case VALUE_NUMBER_INT -> in.getLongValue();
            case START_OBJECT -> tagged(in);
            default -> throw new DamagedArchive("has a value of a kind that no archive has");
        };
    }

    private static Object tagged(JsonParser in) throws IOException {
        String tag = in.nextFieldName();
        if (tag == null || in.nextToken() != JsonToken.VALUE_STRING) {
            throw new DamagedArchive("has a value of a kind that no archive has");
        }
        String text = in.getText();
        if (in.nextToken() != JsonToken.END_OBJECT) {
            throw new DamagedArchive("has a value of a kind that no archive has");
        }
        try {
            return switch (tag) {
                case BYTES -> Base64.getDecoder().decode(text);
                case REAL -> Double.parseDouble(text);
                default -> throw new DamagedArchive("has a value of a kind that no archive has");
            };
        } catch (IllegalArgumentException e) {
            throw new DamagedArchive("has a value that cannot be read");
        }
    }

    /**
     * Reads the next row of a table; null at its end.
     *
     * @param most values that it may have
     */
    static @Nullable List<@Nullable Object> row(JsonParser in, String table, int most) throws IOException {
        JsonToken token = in.nextToken();
        if (token == null) {
            return null;
        }
        if (token != JsonToken.START_ARRAY) {
            throw new DamagedArchive("has something else than rows for " + table);
        }
        List<@Nullable Object> values = new ArrayList<>();
        long size = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (values.size() >= most) {
                throw new DamagedArchive("has a row of more than " + most + " values in " + table);
            }
            Object value = read(in);
            size += size(value);
            if (size > LONGEST_ROW) {
                throw new DamagedArchive("has a row that is too long in " + table);
            }
            values.add(value);
        }
        return values;
    }
}
