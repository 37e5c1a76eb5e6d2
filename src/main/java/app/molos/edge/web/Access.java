package app.molos.edge.web;

/** Who may enter: anybody, whoever is signed in, or admins. */
public enum Access {
    PUBLIC,
    USER,
    ADMIN
}
