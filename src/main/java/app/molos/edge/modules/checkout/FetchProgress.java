package app.molos.edge.modules.checkout;

/** Is told what a fetch is doing; often. */
@FunctionalInterface
public interface FetchProgress {
    void say(String id, String what);
}
