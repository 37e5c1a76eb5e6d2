package app.molos.edge.proxy;

/** How far a request has come; each phase has a limit of its own, see {@link ModuleTimers}. */
enum Phase {
    CONNECTING,
    SENDING,
    WAITING,
    ANSWERING,
    STREAMING
}
