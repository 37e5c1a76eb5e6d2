package app.molos.edge.config;

import java.io.StringReader;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * A YAML text as nodes with their lines and their literal scalars. A loader would have turned {@code 010} into 8 and
 * {@code off} into false and let the last of two equal keys win; here nothing is lost before it was checked.
 */
public final class YamlFile {
    private static final int MAX_CHARACTERS = 1 << 20;

    private final String name;

    private YamlFile(String name) {
        this.name = name;
    }

    /** The root of the text, or empty when the text has no document. Syntax faults and double keys become problems. */
    public static Optional<Value> parse(String name, String text, ConfigProblems problems) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARACTERS);
        options.setMaxAliasesForCollections(0);
        try {
            Node root = new Yaml(options).compose(new StringReader(text));
            if (root == null) {
                return Optional.empty();
            }
            YamlFile file = new YamlFile(name);
            file.checkKeys(root, problems, 0);
            return Optional.of(file.new Value(root));
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            problems.add(name + ":" + line, "not valid YAML: " + e.getProblem(), "");
        } catch (YAMLException e) {
            problems.add(
                    name,
                    "not valid YAML: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable"),
                    "");
        }
        return Optional.empty();
    }

    private void checkKeys(Node node, ConfigProblems problems, int depth) {
        if (depth > 32) {
            throw new YAMLException("nested more than 32 levels deep");
        }
        if (!node.getTag().equals(expectedTag(node))) {
            String tag = node.getTag().getValue().replace(Tag.PREFIX, "!!");
            problems.add(where(node), "the tag " + tag + " means nothing here", "the value without a tag");
        }
        if (node instanceof MappingNode mapping) {
            Set<String> seen = new HashSet<>();
            for (NodeTuple tuple : mapping.getValue()) {
                if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                    problems.add(where(tuple.getKeyNode()), "a key must be a plain word", "");
                } else if (!seen.add(key.getValue())) {
                    problems.add(
                            where(key),
                            "the key \"" + key.getValue() + "\" stands here a second time",
                            "each key once");
                }
                checkKeys(tuple.getValueNode(), problems, depth + 1);
            }
        } else if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(child -> checkKeys(child, problems, depth + 1));
        }
    }

    /** The tag that the node has when nobody writes one. */
    private static Tag expectedTag(Node node) {
        if (node instanceof ScalarNode scalar) {
            return new Resolver().resolve(NodeId.scalar, scalar.getValue(), scalar.isPlain());
        }
        return node instanceof MappingNode ? Tag.MAP : Tag.SEQ;
    }

    private String where(Node node) {
        return name + ":" + (node.getStartMark().getLine() + 1);
    }

    /** A key of a mapping and what it holds. */
    public record Entry(String key, String where, Value value) {}

    /** One node. */
    public final class Value {
        private final Node node;

        private Value(Node node) {
            this.node = node;
        }

        public String where() {
            return YamlFile.this.where(node);
        }

        /** Its first line, counted from 0. */
        public int firstLine() {
            return node.getStartMark().getLine();
        }

        /** Its last line that says anything, counted from 0; a block ends where something else begins. */
        public int lastLine(String text) {
            List<String> lines = List.of(text.split("\n", -1));
            int last = Math.min(node.getEndMark().getLine(), lines.size() - 1);
            boolean isBlock =
                    node instanceof MappingNode mapping && mapping.getFlowStyle() == DumperOptions.FlowStyle.BLOCK;
            last -= isBlock && last > firstLine() ? 1 : 0;
            while (last > firstLine()
                    && (lines.get(last).isBlank()
                            || lines.get(last).stripLeading().startsWith("#"))) {
                last--;
            }
            return last;
        }

        public boolean isMapping() {
            return node instanceof MappingNode;
        }

        public boolean isList() {
            return node instanceof SequenceNode;
        }

        public boolean isScalar() {
            return node instanceof ScalarNode;
        }

        public boolean isNull() {
            return node instanceof ScalarNode && Tag.NULL.equals(node.getTag());
        }

        /** Whether YAML reads the scalar as text: {@code v1.0.0} is, {@code 1.0} and {@code yes} are not. */
        public boolean isText() {
            return node instanceof ScalarNode && Tag.STR.equals(node.getTag());
        }

        /** The scalar as it was written. */
        public String literal() {
            return node instanceof ScalarNode scalar ? scalar.getValue() : "";
        }

        public List<Value> items() {
            return node instanceof SequenceNode sequence
                    ? sequence.getValue().stream().map(n -> new Value(n)).toList()
                    : List.of();
        }

        public List<Entry> entries() {
            if (!(node instanceof MappingNode mapping)) {
                return List.of();
            }
            return mapping.getValue().stream()
                    .filter(t -> t.getKeyNode() instanceof ScalarNode)
                    .map(t -> new Entry(
                            ((ScalarNode) t.getKeyNode()).getValue(),
                            YamlFile.this.where(t.getKeyNode()),
                            new Value(t.getValueNode())))
                    .toList();
        }

        /**
         * All that it says, without layout and comments, as a text to compare; those for which {@code isLeftOut} holds
         * say nothing.
         */
        public String content(Predicate<Value> isLeftOut) {
            if (node instanceof ScalarNode) {
                return isNull() ? "" : "'" + literal() + "'";
            }
            List<String> parts = isList()
                    ? items().stream()
                            .filter(isLeftOut.negate())
                            .map(item -> item.content(isLeftOut))
                            .toList()
                    : entries().stream()
                            .map(entry ->
                                    "'" + entry.key() + "': " + entry.value().content(isLeftOut))
                            .toList();
            return parts.isEmpty() ? "" : parts.toString();
        }

        public @Nullable Value get(String key) {
            for (Entry entry : entries()) {
                if (entry.key().equals(key)) {
                    return entry.value();
                }
            }
            return null;
        }
    }
}
