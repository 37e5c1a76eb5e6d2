package app.molos.edge.modules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds what is no fault of a module list and may still not be meant. */
public final class ModuleAdvice {
    private ModuleAdvice() {}

    /** In words for the operator, with the line to write; empty when there is nothing to say. */
    public static List<String> on(List<Module> modules) {
        List<String> advice = new ArrayList<>();
        Map<Module.Address, Module> first = new HashMap<>();
        for (Module module : modules) {
            if (!module.isEnabled() || !(module.target() instanceof Module.Target.Upstream upstream)) {
                continue;
            }
            for (Module.Address address : upstream.addresses()) {
                Module other = first.putIfAbsent(address, module);
                if (other != null
                        && other.access() != module.access()
                        && !other.forwarding().isCaseInsensitive()
                        && !module.forwarding().isCaseInsensitive()) {
                    advice.add(
                            other.id() + " and " + module.id() + " share " + address
                                    + " and differ in who may enter. If that server"
                                    + " takes /Admin for /admin, as Express does unless told otherwise, write at both: caseInsensitive: true");
                }
            }
        }
        return advice;
    }
}
