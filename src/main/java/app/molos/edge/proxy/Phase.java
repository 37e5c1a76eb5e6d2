package app.molos.edge.proxy;

/** How far a request has come; each phase has a limit of its own, see {@link ProxyTimeouts}. */
enum Phase {
    CONNECTING("connect"),
    SENDING("bodyIdle"),
    WAITING("firstByte"),
    ANSWERING("responseIdle"),
    STREAMING("");

    private final String timeout;

    Phase(String timeout) {
        this.timeout = timeout;
    }

    /** The limit of this phase, as modules write it under {@code timeouts}; empty: there is none. */
    String timeout() {
        return timeout;
    }
}
