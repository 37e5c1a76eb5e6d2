package app.molos.edge.config;

import java.nio.charset.StandardCharsets;

/** A text that must not reach a log: it prints as dots and is read on purpose only. */
public final class Secret {
    private final String text;

    public Secret(String text) {
        this.text = text;
    }

    public String reveal() {
        return text;
    }

    public byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public int length() {
        return text.length();
    }

    @Override
    public String toString() {
        return "•••";
    }
}
