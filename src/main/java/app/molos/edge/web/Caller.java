package app.molos.edge.web;

/** Who sent a request, as the context carries it; what is known of them is the session's to say. */
public interface Caller {}
