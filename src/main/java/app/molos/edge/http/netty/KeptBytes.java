package app.molos.edge.http.netty;

import app.molos.edge.web.InboundBudget;
import org.jspecify.annotations.Nullable;

/** Who pays for what one connection has kept of what its client sent. Confined to one event loop. */
final class KeptBytes {
    private final InboundBudget.Account account;
    private long charged;
    /** What the head of the request that is being answered costs; 0 for a small one. */
    private long headCost;
    /** Who pays for that head: the client, which is not always the other end of the connection; null for nobody. */
    private InboundBudget.@Nullable Account headAccount;

    /** @param account of the other end, which pays for what belongs to no request yet */
    KeptBytes(InboundBudget.Account account) {
        this.account = account;
    }

    boolean isCharged() {
        return charged > 0;
    }

    /** Says what is kept now that belongs to no request yet; whether there is room for it. */
    boolean charge(long cost) {
        if (cost == charged) {
            return true;
        }
        boolean isGranted = cost <= charged || account.reserve(cost - charged);
        if (isGranted) {
            account.release(Math.max(0, charged - cost));
            charged = cost;
        }
        return isGranted;
    }

    /** Says what the head costs that is here now. */
    void head(long cost) {
        headCost = cost > RequestDecoder.SMALL_HEAD ? cost : 0;
    }

    /** Has that head count for its client; whether there is room for it. */
    boolean admits(InboundBudget budget, String client) {
        if (headCost > 0 && headAccount == null) {
            InboundBudget.Account payer = budget.of(client);
            if (!payer.reserve(headCost)) {
                headCost = 0;
                return false;
            }
            headAccount = payer;
        }
        return true;
    }

    /** The request was answered. */
    void releaseHead() {
        if (headAccount != null) {
            headAccount.release(headCost);
            headAccount = null;
        }
        headCost = 0;
    }
}
