package app.molos.edge.web;

/** Who may enter: anybody, those who are signed in, or admins. */
public enum Access {
    PUBLIC,
    USER,
    ADMIN
}
