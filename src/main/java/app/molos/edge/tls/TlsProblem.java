package app.molos.edge.tls;

/** Says what is wrong with a certificate, or with the file of one, and what should be there. */
final class TlsProblem extends RuntimeException {
    private final String fix;

    /** @param what continues a sentence that begins with the file's name */
    TlsProblem(String what, String fix) {
        super(what, null, false, false);
        this.fix = fix;
    }

    String what() {
        return String.valueOf(getMessage());
    }

    String fix() {
        return fix;
    }
}
