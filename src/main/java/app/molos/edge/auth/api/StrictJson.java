package app.molos.edge.auth.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * JSON as RFC 8259 has it. Vert.x's own reader takes comments, which the programs behind and before the edge would not.
 */
final class StrictJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private StrictJson() {}

    /** Fails unless the bytes are one JSON value. */
    static void check(byte[] bytes) throws IOException {
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            JsonToken token = parser.nextToken();
            while (token != null) {
                token = parser.nextToken();
            }
        }
    }
}
