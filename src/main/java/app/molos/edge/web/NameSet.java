package app.molos.edge.web;

import java.util.ArrayList;
import java.util.List;

/**
 * Header names, found in any case. Every header of every message is looked up in one, so it is told apart by its length
 * first: hardly ever is there more than one candidate, and no copy in lower case is made.
 */
public final class NameSet {
    private final String[][] byLength;

    private NameSet(String[][] byLength) {
        this.byLength = byLength;
    }

    public static NameSet of(String... names) {
        List<List<String>> lists = new ArrayList<>();
        for (String name : names) {
            while (lists.size() <= name.length()) {
                lists.add(new ArrayList<>());
            }
            lists.get(name.length()).add(name);
        }
        return new NameSet(
                lists.stream().map(list -> list.toArray(String[]::new)).toArray(String[][]::new));
    }

    public boolean contains(String name) {
        int length = name.length();
        if (length >= byLength.length) {
            return false;
        }
        for (String candidate : byLength[length]) {
            if (candidate.equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }
}
