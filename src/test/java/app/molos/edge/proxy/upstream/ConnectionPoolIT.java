package app.molos.edge.proxy.upstream;

import static app.molos.edge.testing.RawModule.head;
import static app.molos.edge.testing.RawModule.say;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.RawModule;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many connections there are, who waits for them, and which are closed. */
class ConnectionPoolIT {
    /** Waits on a thread of the test's; what it gets it gets on the pool's event loop. */
    private static final class Waiting implements ConnectionPool.Waiter {
        private final CompletableFuture<ConnectionPool.PooledConnection> outcome = new CompletableFuture<>();
        private volatile boolean isQueued;
        private volatile boolean isOver;

        @Override
        public boolean isOver() {
            return isOver;
        }

        @Override
        public void waiting(boolean isNowQueued) {
            isQueued = isNowQueued;
        }

        @Override
        public void connected(ConnectionPool.PooledConnection connection) {
            outcome.complete(connection);
        }

        @Override
        public void failed(Throwable failure) {
            outcome.completeExceptionally(failure);
        }

        private ConnectionPool.PooledConnection get() throws Exception {
            return outcome.get(5, TimeUnit.SECONDS);
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final HttpClientAgent client = vertx.createHttpClient();
    private final AtomicInteger surplus = new AtomicInteger();
    private RawModule module;

    @BeforeEach
    void start() throws Exception {
        module = RawModule.start(socket -> {
            while (head(socket.getInputStream()) != null) {
                say(socket, RawModule.answer("ok"));
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        module.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private ConnectionPool pool(int size, int queue, Duration idle, Duration lifetime) {
        return new ConnectionPool(
                context,
                client,
                SocketAddress.inetSocketAddress(module.port(), "127.0.0.1"),
                new PoolLimits(size, queue, idle, lifetime, 16_384),
                surplus::incrementAndGet);
    }

    private ConnectionPool pool(int size, int queue) {
        return pool(size, queue, Duration.ofSeconds(10), Duration.ofSeconds(60));
    }

    private void run(Runnable task) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        context.runOnContext(v -> {
            task.run();
            done.complete(null);
        });
        done.get(5, TimeUnit.SECONDS);
    }

    private Waiting acquire(ConnectionPool pool) throws Exception {
        Waiting waiting = new Waiting();
        run(() -> pool.acquire(waiting));
        return waiting;
    }

    @Test
    void released_isUsedAgain() throws Exception {
        ConnectionPool pool = pool(2, 2);
        ConnectionPool.PooledConnection first = acquire(pool).get();
        assertThat(first.wasUsed()).isFalse();
        run(first::release);
        assertThat(acquire(pool).get()).isSameAs(first);
        assertThat(first.wasUsed()).isTrue();
        Awaitility.await().untilAsserted(() -> assertThat(module.accepted()).hasSize(1));
    }

    @Test
    void aboveItsSize_theyWaitInTurn_andAboveTheQueueFail() throws Exception {
        ConnectionPool pool = pool(1, 2);
        ConnectionPool.PooledConnection only = acquire(pool).get();
        Waiting second = acquire(pool);
        Waiting third = acquire(pool);
        assertThat(second.isQueued).isTrue();
        Waiting fourth = acquire(pool);
        Assertions.assertThatThrownBy(fourth::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ConnectionPoolTooBusyException.class);
        run(only::release);
        assertThat(second.get()).isSameAs(only);
        assertThat(third.outcome).isNotDone();
        run(only::release);
        assertThat(third.get()).isSameAs(only);
    }

    @Test
    void waiterThatIsOver_isPassedOver_andTakesNoPlaceInTheQueue() throws Exception {
        ConnectionPool pool = pool(1, 1);
        ConnectionPool.PooledConnection only = acquire(pool).get();
        Waiting gone = acquire(pool);
        gone.isOver = true;
        Waiting next = acquire(pool);
        run(only::release);
        assertThat(next.get()).isSameAs(only);
        assertThat(gone.outcome).isNotDone();
    }

    @Test
    void connectionThatIsClosed_makesRoomForAnother() throws Exception {
        ConnectionPool pool = pool(1, 1);
        ConnectionPool.PooledConnection first = acquire(pool).get();
        Waiting next = acquire(pool);
        run(first::close);
        assertThat(next.get()).isNotSameAs(first);
        Awaitility.await().until(() -> module.accepted().size() == 2);
    }

    @Test
    void idleConnection_isClosedInTime_andNotUsedAfterIt() throws Exception {
        ConnectionPool pool = pool(1, 1, Duration.ofMillis(100), Duration.ofSeconds(60));
        ConnectionPool.PooledConnection first = acquire(pool).get();
        run(first::release);
        Thread.sleep(200);
        assertThat(acquire(pool).get()).isNotSameAs(first);
    }

    @Test
    void oldConnection_isClosedWhenReleased() throws Exception {
        ConnectionPool pool = pool(1, 1, Duration.ofSeconds(10), Duration.ofMillis(100));
        ConnectionPool.PooledConnection first = acquire(pool).get();
        Thread.sleep(200);
        run(first::release);
        assertThat(acquire(pool).get()).isNotSameAs(first);
    }

    @Test
    void bytesThatBelongToNoResponse_closeIt() throws Exception {
        ConnectionPool pool = pool(1, 1);
        ConnectionPool.PooledConnection first = acquire(pool).get();
        run(first::release);
        Awaitility.await().until(() -> !module.accepted().isEmpty());
        say(module.accepted().element(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Awaitility.await().until(() -> surplus.get() == 1);
        assertThat(acquire(pool).get()).isNotSameAs(first);
    }

    @Test
    void nobodyListening_fails() throws Exception {
        ConnectionPool pool = pool(1, 1);
        module.close();
        Assertions.assertThatThrownBy(acquire(pool)::get).isInstanceOf(ExecutionException.class);
    }
}
