package app.molos.edge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.PersonIdent;

/** A module's repository on this machine, whose tags can be moved. */
public final class GitRepo implements AutoCloseable {
    private static final PersonIdent SOMEBODY = new PersonIdent("Somebody", "somebody@example.org");

    private final Path directory;
    private final Git git;

    public GitRepo(Path directory) {
        this.directory = directory;
        try {
            this.git = Git.init().setInitialBranch("main").setDirectory(directory.toFile()).call();
        } catch (GitAPIException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For {@code repository:}. */
    public String url() {
        return directory.toUri().toString().replaceFirst("^file:/+", "file:///");
    }

    public Path directory() {
        return directory;
    }

    public GitRepo write(String path, String text) {
        try {
            Path file = directory.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public GitRepo manifest(String id, String version) {
        return write("manifest.yaml", "id: " + id + "\nname: Notes\nversion: " + version + "\ndescription: d\nauthor: a\nicon: i\n");
    }

    /** Commits everything and puts the tag on it, wherever it was before; the commit. */
    public String tag(String tag) {
        try {
            String commit = commit();
            // Annotated: such a tag is an object of its own, which must not be taken for the commit.
            git.tag().setName(tag).setAnnotated(true).setMessage("release").setTagger(SOMEBODY).setForceUpdate(true).call();
            return commit;
        } catch (GitAPIException e) {
            throw new IllegalStateException(e);
        }
    }

    public String commit() {
        try {
            git.add().addFilepattern(".").call();
            git.add().addFilepattern(".").setUpdate(true).call();
            return git.commit().setAuthor(SOMEBODY).setCommitter(SOMEBODY).setSign(false).setMessage("change").call().name();
        } catch (GitAPIException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        git.close();
    }
}
