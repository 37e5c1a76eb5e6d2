package app.molos.edge.backup.archive;

/** An encrypted archive that the keys at hand do not open. */
public final class LockedArchive extends DamagedArchive {
    public LockedArchive(String message) {
        super(message);
    }

    public LockedArchive(String message, Throwable cause) {
        super(message, cause);
    }
}
