package app.molos.edge.db;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Stands between vertx-jdbc-client 5.0.7 and the driver and mends what that version gets wrong:
 *
 * <ul>
 * <li>after a transaction it leaves the connection at autocommit=false, so that the next plain write is reported as
 * done and is lost (upstream issue 356): here the end of a transaction switches autocommit on, and the client's slip
 * that follows is swallowed; <li>its pool never lets go of a dead connection: here the connection behind the pooled one
 * is opened again, outside a transaction only; <li>it asks for generated keys, which makes PostgreSQL's driver hide the
 * rows of RETURNING: here it does not.
 * </ul>
 */
public final class GuardedDataSource extends ConnectionSource {
    /** A connection unused for longer than this is asked whether it lives before it is trusted with a query. */
    private static final long TRUST_NANOS = 500_000_000L;

    private final Callable<Connection> opener;

    public GuardedDataSource(Callable<Connection> opener) {
        this.opener = opener;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return (Connection) Proxy.newProxyInstance(
                GuardedDataSource.class.getClassLoader(), new Class<?>[] {Connection.class}, new Guard(open()));
    }

    private Connection open() throws SQLException {
        try {
            return opener.call();
        } catch (SQLException e) {
            throw e;
        } catch (Exception e) {
            throw new SQLException("cannot open a connection", e);
        }
    }

    private final class Guard implements InvocationHandler {
        private Connection physical;
        private boolean isInTransaction;
        private boolean isSlipExpected;
        private long usedAt = System.nanoTime();

        Guard(Connection physical) {
            this.physical = physical;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            Object[] args = arguments == null ? new Object[0] : arguments;
            return switch (method.getName()) {
                case "setAutoCommit" -> {
                    setAutoCommit((Boolean) args[0]);
                    yield null;
                }
                case "commit", "rollback" -> args.length == 0 ? endTransaction(method) : call(method, args);
                case "prepareStatement" -> {
                    revive();
                    yield args.length == 2 && args[1] instanceof Integer
                            ? physical.prepareStatement((String) args[0])
                            : call(method, args);
                }
                case "createStatement", "prepareCall" -> {
                    revive();
                    yield call(method, args);
                }
                default -> call(method, args);
            };
        }

        private void setAutoCommit(boolean isOn) throws SQLException {
            if (!isOn && isSlipExpected) {
                isSlipExpected = false;
                return;
            }
            revive();
            physical.setAutoCommit(isOn);
            isInTransaction = !isOn;
        }

        private @Nullable Object endTransaction(Method method) throws Throwable {
            isSlipExpected = true;
            isInTransaction = false;
            try {
                Object result = call(method, new Object[0]);
                physical.setAutoCommit(true);
                return result;
            } catch (SQLException failed) {
                // Switching autocommit on would commit what was just reported as failed. Closing rolls back; the next
                // use opens a new connection.
                physical.close();
                throw failed;
            }
        }

        /** Never inside a transaction: its statements belong to the connection that began it. */
        private void revive() throws SQLException {
            long now = System.nanoTime();
            if (!isInTransaction && (physical.isClosed() || (now - usedAt > TRUST_NANOS && !physical.isValid(1)))) {
                Connection dead = physical;
                physical = open();
                dead.close();
            }
            usedAt = now;
        }

        private @Nullable Object call(Method method, Object[] args) throws Throwable {
            try {
                return method.invoke(physical, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }
}
