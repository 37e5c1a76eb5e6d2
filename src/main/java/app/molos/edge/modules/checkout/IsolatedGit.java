package app.molos.edge.modules.checkout;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * Keeps git's settings of the machine and of the account out: an {@code insteadOf} there would make us fetch other code
 * than the list names, and JGit would write notes about the disk into the home directory.
 */
final class IsolatedGit extends SystemReader.Delegate {
    /** The tick by which Linux dates files, at its coarsest. */
    private static final Duration CLOCK = Duration.ofMillis(10);

    private IsolatedGit(SystemReader system) {
        super(system);
    }

    static void install() {
        if (!(SystemReader.getInstance() instanceof IsolatedGit)) {
            SystemReader.setInstance(new IsolatedGit(SystemReader.getInstance()));
        }
    }

    @Override
    public @Nullable String getenv(String variable) {
        return variable.startsWith("GIT_") ? null : super.getenv(variable);
    }

    @Override
    public FileBasedConfig openUserConfig(Config parent, FS fs) {
        return new Nothing(parent, fs);
    }

    @Override
    public FileBasedConfig openSystemConfig(Config parent, FS fs) {
        return new Nothing(parent, fs);
    }

    @Override
    public FileBasedConfig openJGitConfig(Config parent, FS fs) {
        return new Nothing(parent, fs);
    }

    /** A configuration that is empty and stays so. */
    private static final class Nothing extends FileBasedConfig {
        Nothing(Config parent, FS fs) {
            super(parent, null, fs);
        }

        /**
         * Whether a file changed since JGit has read it depends on how exact the disk's clock is, which JGit would
         * measure for seconds. It reads what somebody else has written once, and else what it has just written itself.
         */
        @Override
        public long getTimeUnit(
                String section, @Nullable String subsection, String name, long otherwise, TimeUnit unit) {
            return section.equals(ConfigConstants.CONFIG_FILESYSTEM_SECTION)
                    ? unit.convert(CLOCK)
                    : super.getTimeUnit(section, subsection, name, otherwise, unit);
        }

        @Override
        public void load() {
            // there is nothing to read
        }

        @Override
        public void save() {
            // and nothing is kept
        }

        @Override
        public boolean isOutdated() {
            return false;
        }
    }
}
