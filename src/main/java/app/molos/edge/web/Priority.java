package app.molos.edge.web;

/** How late the requests of a module are given up when there is too much to do: the low ones first. */
public enum Priority {
    LOW,
    NORMAL,
    HIGH
}
