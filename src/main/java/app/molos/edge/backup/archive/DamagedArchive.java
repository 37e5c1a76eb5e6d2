package app.molos.edge.backup.archive;

import java.io.IOException;

/** An archive that is not whole, or not one of ours. Its message ends the sentence "The archive ...". */
public class DamagedArchive extends IOException {
    public DamagedArchive(String message) {
        super(message);
    }

    public DamagedArchive(String message, Throwable cause) {
        super(message, cause);
    }
}
