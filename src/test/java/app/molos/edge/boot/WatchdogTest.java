package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class WatchdogTest {
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final CompletableFuture<Boolean> halted = new CompletableFuture<>();
    private final CountDownLatch reader = new CountDownLatch(1);
    private final Watchdog watchdog = new Watchdog(vertx, Duration.ofSeconds(2), new Watchdog.End() {
                @Override
                public void outOfMemory() {
                    broken("no memory");
                }

                /** As with a standard error that nobody reads. */
                @Override
                public void broken(String why) {
                    ended.complete(why);
                    try {
                        reader.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }

                @Override
                public void halt() {
                    halted.complete(ended.isDone());
                }
            })
            .start();

    @AfterEach
    void close() throws Exception {
        watchdog.close();
        reader.countDown();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void loopThatStands_endsTheProcess_withItsStack() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        vertx.runOnContext(v -> {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        String reason = ended.get(10, TimeUnit.SECONDS);
        latch.countDown();
        assertThat(reason).startsWith("an event loop has not answered for 2 s").contains("CountDownLatch");
    }

    @Test
    void loopThatAnErrorKilled_endsTheProcess() throws Exception {
        EventLoop loop = ((VertxInternal) vertx).eventLoopGroup().next();
        // As Netty does when an Error leaves its loop.
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).get(10, TimeUnit.SECONDS);
        assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo("an event loop has died");
    }

    @Test
    void errorThatSomebodyLogged_endsTheProcess_whereverItIsInTheChain() throws Exception {
        LoggerFactory.getLogger("io.netty.somewhere")
                .debug("caught: {}", 1, new IllegalStateException(new OutOfMemoryError("Java heap space")));
        assertThat(ended.get(5, TimeUnit.SECONDS)).isEqualTo("no memory");
    }

    @Test
    void lastWordsThatNobodyReads_doNotKeepTheProcess() throws Exception {
        Watchdog.noticed(new OutOfMemoryError("Java heap space"));
        assertThat(halted.get(5, TimeUnit.SECONDS))
                .as("only after they had their time")
                .isTrue();
    }

    @Test
    void everythingElse_goesOn() throws Exception {
        LoggerFactory.getLogger("io.netty.somewhere").debug("caught", new StackOverflowError());
        Assertions.assertThrows(TimeoutException.class, () -> ended.get(3, TimeUnit.SECONDS));
        assertThat(halted).isNotDone();
    }
}
