package app.molos.edge.boot;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of a signal that comes while the process stops already: Java itself would wait for the stop that is under way.
 * By reflection, because {@code sun.misc.Signal} is in every JDK and in no API that a release is compiled against.
 */
final class SecondSignal {
    private static final Logger LOG = LoggerFactory.getLogger(SecondSignal.class);
    private static final List<String> NAMES = List.of("TERM", "INT");

    private SecondSignal() {}

    /** Runs the action, on a thread of its own, at the next SIGTERM or SIGINT. */
    static void listen(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    SecondSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            for (String name : NAMES) {
                Object named = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, named, ours);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            LOG.debug("A second signal will not be heard: {}", String.valueOf(cause));
        }
    }
}
