package app.molos.edge.modules.checkout;

import app.molos.edge.config.Secret;
import app.molos.edge.modules.ModuleTokens;
import org.eclipse.jgit.transport.CredentialItem;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.URIish;

/**
 * Shows a token to the host of the repository and to no other: not to one that it redirects to, and never in the clear.
 */
final class TokenCredentials extends CredentialsProvider {
    /** Hosts look at the token alone; some want any user name beside it. */
    private static final String USER = "x-access-token";

    private final String repository;
    private final Secret token;

    TokenCredentials(String repository, Secret token) {
        this.repository = repository;
        this.token = token;
    }

    @Override
    public boolean isInteractive() {
        return false;
    }

    @Override
    public boolean supports(CredentialItem... items) {
        for (CredentialItem item : items) {
            if (!(item instanceof CredentialItem.Username) && !(item instanceof CredentialItem.Password)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean get(URIish asking, CredentialItem... items) {
        if (!ModuleTokens.hostOf(repository).equals(ModuleTokens.hostOf(asking.toString())) || !supports(items)) {
            return false;
        }
        for (CredentialItem item : items) {
            if (item instanceof CredentialItem.Username user) {
                user.setValue(USER);
            } else if (item instanceof CredentialItem.Password password) {
                password.setValue(token.reveal().toCharArray());
            }
        }
        return true;
    }
}
