package app.molos.edge.backup.archive;

import org.jspecify.annotations.Nullable;

/** Values that must be in a JSON object. */
public final class JsonValues {
    private JsonValues() {}

    /**
     * Returns the value.
     *
     * @throws ClassCastException as for one of another type when there is none
     */
    public static <T> T demand(@Nullable T value) {
        if (value == null) {
            throw new ClassCastException("null");
        }
        return value;
    }
}
