package app.molos.edge.cli;

import app.molos.edge.commands.Terminal;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Asks for a password: twice and unseen at a terminal, else the first line of standard input. Never an argument: those
 * stand in the list of processes. What goes wrong is an IllegalArgumentException in words, which is wrong usage.
 */
final class PasswordPrompt {
    private PasswordPrompt() {}

    static String read() {
        return Terminal.console().map(PasswordPrompt::ask).orElseGet(PasswordPrompt::firstLine);
    }

    private static String ask(Console console) {
        char[] first = console.readPassword("New password: ");
        char[] second = console.readPassword("The same again: ");
        if (first == null || !Arrays.equals(first, second)) {
            throw new IllegalArgumentException("The two passwords are not the same.");
        }
        return new String(first);
    }

    private static String firstLine() {
        try {
            String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            if (line == null || line.isEmpty()) {
                throw new IllegalArgumentException("Give the password as the first line of standard input.");
            }
            return line;
        } catch (IOException e) {
            throw new IllegalArgumentException("Standard input cannot be read.");
        }
    }
}
