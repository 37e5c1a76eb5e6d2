package app.molos.edge.mail;

/** One message of plain text. */
public record Mail(String to, String subject, String text) {
    @Override
    public String toString() {
        // The text has a link that opens an account.
        return "a letter";
    }
}
