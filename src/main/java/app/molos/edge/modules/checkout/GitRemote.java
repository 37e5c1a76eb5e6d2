package app.molos.edge.modules.checkout;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.Secret;
import app.molos.edge.modules.FileListing;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.TransportCommand;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.api.errors.JGitInternalException;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.RepositoryCache;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/**
 * A module's repository, somewhere else. Everything here blocks, and ends with the deadline. Its refusals name the
 * module.
 */
final class GitRemote {
    /** The code of a tag or branch, written out. */
    record Exported(String commit, FileListing listing) {}

    private final Module.Source source;
    private final String id;
    private final Optional<Secret> token;
    private final Duration deadline;
    private final long maxBytes;

    /**
     * @param token shown to the repository's own host, should it ask
     * @param maxBytes of all files together
     */
    GitRemote(String id, Module.Source source, Optional<Secret> token, Duration deadline, long maxBytes) {
        this.id = id;
        this.source = source;
        this.token = token;
        this.deadline = deadline;
        this.maxBytes = maxBytes;
        IsolatedGit.install();
    }

    /** The commit that the tag or branch names there now; empty when there is no such. */
    Optional<String> resolve() {
        File local = local();
        try {
            Ref ref = local == null ? asked() : read(local);
            return Optional.ofNullable(ref)
                    .map(r -> r.getPeeledObjectId() == null ? r.getObjectId() : r.getPeeledObjectId())
                    .map(ObjectId::name);
        } catch (GitAPIException | JGitInternalException | IOException e) {
            throw unreachable(e);
        }
    }

    /**
     * Where the repository is on this machine; null when it is elsewhere. A bundle is none: nobody can ask it whether a
     * tag was moved.
     */
    private @Nullable File local() {
        try {
            URIish where = new URIish(source.repository());
            File gitDir =
                    where.isRemote() ? null : RepositoryCache.FileKey.resolve(new File(where.getPath()), FS.DETECTED);
            if (gitDir == null && !where.isRemote()) {
                throw new IOException("there is no git repository");
            }
            return gitDir;
        } catch (IOException | URISyntaxException e) {
            throw unreachable(e);
        }
    }

    private @Nullable Ref asked() throws GitAPIException {
        return configured(Git.lsRemoteRepository()
                        .setRemote(source.repository())
                        .setTags(!source.isBranch())
                        .setHeads(source.isBranch()))
                .callAsMap()
                .get(refName());
    }

    /**
     * JGit would talk to a directory through pipes that it looks into once a second, which is too slow for the start.
     */
    private @Nullable Ref read(File gitDir) throws IOException {
        try (Repository repository =
                new FileRepositoryBuilder().setGitDir(gitDir).setMustExist(true).build()) {
            Ref ref = repository.exactRef(refName());
            return ref == null ? null : repository.getRefDatabase().peel(ref);
        }
    }

    /**
     * Writes the files of the tag or branch into {@code target}, which must be empty; {@code gitDir} is for git's own
     * use.
     */
    Exported export(Path gitDir, Path target, FetchProgress progress) {
        progress.say(id, "asking " + source.repository());
        // JGit would also take what can be fetched and not asked.
        local();
        try (Git git = Git.init().setBare(true).setGitDir(gitDir.toFile()).call()) {
            git.getRepository().getConfig().setBoolean("transfer", null, "fsckObjects", true);
            configured(git.fetch()
                            .setRemote(source.repository())
                            .setRefSpecs(new RefSpec("+" + refName() + ":" + refName()))
                            .setTagOpt(TagOpt.NO_TAGS)
                            .setDepth(1)
                            .setProgressMonitor(new Monitor(progress)))
                    .call();
            Repository repository = git.getRepository();
            ObjectId commit = repository.resolve(refName() + "^{commit}");
            if (commit == null) {
                throw refusal(missing());
            }
            progress.say(id, "writing " + ModuleLock.shortened(commit.name()));
            Files.createDirectories(target);
            write(repository, commit, target);
            return new Exported(commit.name(), FileListing.of(target));
        } catch (GitAPIException | JGitInternalException e) {
            throw e.getMessage() != null && e.getMessage().contains("Remote does not have")
                    ? refusal(missing())
                    : unreachable(e);
        } catch (IOException e) {
            throw new Refusal(ExitCode.REFUSED, id + ": the code could not be written: " + e.getMessage());
        }
    }

    private void write(Repository repository, ObjectId commit, Path target) throws IOException {
        long left = maxBytes;
        try (RevWalk revisions = new RevWalk(repository);
                TreeWalk files = new TreeWalk(repository)) {
            files.addTree(revisions.parseCommit(commit).getTree());
            files.setRecursive(true);
            while (files.next()) {
                String path = files.getPathString();
                Path file = target.resolve(path).normalize();
                FileMode mode = files.getFileMode(0);
                if (!file.startsWith(target) || file.equals(target)) {
                    throw refusal("a file is called \"" + path + "\", which leads out of the module");
                }
                if (mode == FileMode.GITLINK) {
                    throw refusal(path + " is a submodule; only what is in the repository itself is fetched");
                }
                ObjectLoader content = repository.open(files.getObjectId(0));
                left -= content.getSize();
                if (left < 0) {
                    throw refusal("its files are larger than " + (maxBytes >> 20) + " MiB together (MODULES_MAX_SIZE)");
                }
                makeDirectory(target, file, path);
                if (mode == FileMode.SYMLINK) {
                    link(target, file, path, new String(content.getBytes(), StandardCharsets.UTF_8));
                } else {
                    writeFile(content, file, path, mode == FileMode.EXECUTABLE_FILE);
                }
            }
        }
    }

    private void makeDirectory(Path target, Path file, String path) throws IOException {
        Path directory = Objects.requireNonNull(file.getParent());
        Files.createDirectories(directory);
        if (!directory.toRealPath().equals(target.toRealPath().resolve(target.relativize(directory)))) {
            throw refusal(path + " lies behind a link");
        }
    }

    private static void writeFile(ObjectLoader content, Path file, String path, boolean isExecutable)
            throws IOException {
        try (OutputStream out = Files.newOutputStream(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            content.copyTo(out);
        }
        if (isExecutable && !file.toFile().setExecutable(true)) {
            throw new IOException(path + " cannot be made executable");
        }
    }

    /**
     * A link is no way out. Up is allowed at its beginning only: after a name, which may be a link itself, nobody can
     * tell by reading where it leads.
     */
    private void link(Path target, Path file, String path, String to) throws IOException {
        Path written = Path.of(to);
        Path destination = file.resolveSibling(written).normalize();
        boolean isPlain = written.equals(written.normalize());
        if (written.isAbsolute() || !isPlain || !destination.startsWith(target)) {
            throw refusal("the link " + path + " leads out of the module, to " + to);
        }
        Files.createSymbolicLink(file, Path.of(to));
    }

    private String refName() {
        return (source.isBranch() ? "refs/heads/" : "refs/tags/") + source.ref();
    }

    private String missing() {
        return "there is no " + (source.isBranch() ? "branch " : "tag ") + source.ref() + " in " + source.repository();
    }

    private <C extends TransportCommand<C, ?>> C configured(C command) {
        command.setTimeout((int) Math.max(1, deadline.toSeconds()));
        token.ifPresent(secret -> command.setCredentialsProvider(new TokenCredentials(source.repository(), secret)));
        return command;
    }

    private Refusal unreachable(Exception failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return new Refusal(ExitCode.REFUSED, id + ": " + source.repository() + " cannot be read: " + root.getMessage());
    }

    private Refusal refusal(String what) {
        return new Refusal(ExitCode.REFUSED, id + ": " + what);
    }

    /** Says what git is doing, and stops it at the deadline. */
    private final class Monitor implements ProgressMonitor {
        private final FetchProgress progress;
        private final long endNanos = System.nanoTime() + deadline.toNanos();
        private String task = "";
        private int total;
        private int done;

        Monitor(FetchProgress progress) {
            this.progress = progress;
        }

        @Override
        public void start(int totalTasks) {
            // tasks say themselves when they begin
        }

        @Override
        public void beginTask(String title, int totalWork) {
            task = title;
            total = totalWork;
            done = 0;
        }

        @Override
        public void update(int completed) {
            done += completed;
            progress.say(id, task.toLowerCase(Locale.ROOT) + " " + (total > 0 ? done * 100L / total + " %" : done));
        }

        @Override
        public void endTask() {
            // the next one says itself
        }

        @Override
        public boolean isCancelled() {
            return System.nanoTime() - endNanos > 0;
        }

        @Override
        public void showDuration(boolean isEnabled) {
            // how long a task took interests nobody here
        }
    }
}
