package app.molos.edge.testing;

import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a browser does by itself: keeps cookies, sends them back, says where a form came from. */
public final class Browser {
    private final EdgeServer edge;
    private final List<String> headers;
    private final Map<String, String> jar = new LinkedHashMap<>();

    /** @param headers sent with every request, such as Host or X-Forwarded-For */
    public Browser(EdgeServer edge, String... headers) {
        this.edge = edge;
        this.headers = List.of(headers);
    }

    /** Another window of the same person: the same cookies, kept apart from now on. */
    public Browser copy() {
        Browser copy = new Browser(edge, headers.toArray(String[]::new));
        copy.jar.putAll(jar);
        return copy;
    }

    public HttpResponse<String> get(String path) {
        return send("GET", path, null);
    }

    public HttpResponse<String> postJson(String path, String json) {
        return send("POST", path, json, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin");
    }

    public HttpResponse<String> submit(String path, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return send(
                "POST",
                path,
                body,
                "Content-Type",
                "application/x-www-form-urlencoded",
                "Sec-Fetch-Site",
                "same-origin");
    }

    /** Name to value, as kept. */
    public Map<String, String> cookies() {
        return jar;
    }

    private HttpResponse<String> send(String method, String path, String body, String... more) {
        List<String> all = new ArrayList<>(headers);
        all.addAll(List.of(more));
        if (!jar.isEmpty()) {
            all.add("Cookie");
            all.add(jar.entrySet().stream()
                    .map(e -> e.getKey() + "=" + e.getValue())
                    .collect(Collectors.joining("; ")));
        }
        HttpResponse<String> response = edge.send(method, path, body, all.toArray(String[]::new));
        for (String line : response.headers().allValues("set-cookie")) {
            String pair = line.substring(0, line.indexOf(';'));
            String name = pair.substring(0, pair.indexOf('='));
            if (line.contains("; Max-Age=0;")) {
                jar.remove(name);
            } else {
                jar.put(name, pair.substring(name.length() + 1));
            }
        }
        return response;
    }
}
