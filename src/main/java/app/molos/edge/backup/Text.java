package app.molos.edge.backup;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Text as SQLite has it: bytes that nobody has looked at, which its driver makes text of in silence. */
final class Text {
    private static final char REPLACEMENT = '\uFFFD';

    private Text() {}

    /** Whether the bytes of this text are UTF-8; only where a replacement stands they may not be. */
    static boolean isSound(String text, ResultSet rows, int column) throws SQLException {
        return text.indexOf(REPLACEMENT) < 0 || isUtf8(rows.getBytes(column));
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            // A new decoder reports what a String would replace.
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
