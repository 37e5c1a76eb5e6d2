package app.molos.edge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.TreeFormatter;
import org.eclipse.jgit.revwalk.RevWalk;

/** A module's repository on this machine, whose tags can be moved. */
public final class GitRepo implements AutoCloseable {
    private static final PersonIdent SOMEBODY = new PersonIdent("Somebody", "somebody@example.org");

    private final Path directory;
    private final Git git;

    public GitRepo(Path directory) {
        this.directory = directory;
        try {
            this.git = Git.init()
                    .setInitialBranch("main")
                    .setDirectory(directory.toFile())
                    .call();
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
        return write(
                "manifest.yaml",
                "id: " + id + "\nname: Notes\nversion: " + version + "\ndescription: d\nauthor: a\nicon: i\n");
    }

    /** Commits everything and puts the tag on it, wherever it was before; the commit. */
    public String tag(String tag) {
        try {
            String commit = commit();
            // Annotated: such a tag is an object of its own, which must not be taken for the commit.
            git.tag()
                    .setName(tag)
                    .setAnnotated(true)
                    .setMessage("release")
                    .setTagger(SOMEBODY)
                    .setForceUpdate(true)
                    .call();
            return commit;
        } catch (GitAPIException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A tag on a tree that has the name {@code dist} twice: a link to {@code outside}, and a folder with a file in it.
     */
    public void craft(String tag, Path outside) throws IOException, GitAPIException {
        try (ObjectInserter objects = git.getRepository().newObjectInserter();
                RevWalk commits = new RevWalk(git.getRepository())) {
            ObjectId file = objects.insert(Constants.OBJ_BLOB, "evil".getBytes(StandardCharsets.UTF_8));
            TreeFormatter folder = new TreeFormatter();
            folder.append("index.html", FileMode.REGULAR_FILE, file);
            ObjectId link =
                    objects.insert(Constants.OBJ_BLOB, outside.toString().getBytes(StandardCharsets.UTF_8));
            TreeFormatter root = new TreeFormatter();
            root.append("dist", FileMode.SYMLINK, link);
            root.append("dist", FileMode.TREE, objects.insert(folder));
            CommitBuilder commit = new CommitBuilder();
            commit.setTreeId(objects.insert(root));
            commit.setAuthor(SOMEBODY);
            commit.setCommitter(SOMEBODY);
            commit.setMessage("crafted");
            ObjectId id = objects.insert(commit);
            objects.flush();
            git.tag()
                    .setName(tag)
                    .setObjectId(commits.parseCommit(id))
                    .setAnnotated(false)
                    .setForceUpdate(true)
                    .call();
        }
    }

    public String commit() {
        try {
            git.add().addFilepattern(".").call();
            git.add().addFilepattern(".").setUpdate(true).call();
            return git.commit()
                    .setAuthor(SOMEBODY)
                    .setCommitter(SOMEBODY)
                    .setSign(false)
                    .setMessage("change")
                    .call()
                    .name();
        } catch (GitAPIException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        git.close();
    }
}
