using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Monorepo.Import.Sources;

/// <summary>Runs the real git, for what needs its transports. Never asks the terminal for anything.</summary>
internal static class GitCommand
{
    /// <summary>Characters of git's messages that are kept for an error.</summary>
    private const int ErrorCharsMax = 4_000;

    /// <summary>Runs git to its end; cancelling kills it with its children.</summary>
    /// <param name="arguments">As git takes them.</param>
    /// <param name="onProgress">Gets git's progress lines, several a second at most.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <returns>What git printed to its standard output.</returns>
    /// <exception cref="ImportException">git is not installed, or it failed.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> arguments, Action<string>? onProgress, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";

        using Process process = Launch(start);
        process.StandardInput.Close();
        await using CancellationTokenRegistration kill = cancellationToken.Register(static state => Kill((Process)state!), process);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        string errors = await ReadErrorsAsync(process.StandardError, onProgress);
        string printed = await output;
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode == 0
            ? printed
            : throw new ImportException(ImportFailure.FetchFailed, $"git {arguments[0]} failed (exit code {process.ExitCode}): {errors.Trim()}");
    }

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ImportException(ImportFailure.GitNotInstalled, $"The git program could not be started: {e.Message}", e);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself meanwhile.
        }
    }

    // git ends progress lines with a carriage return. Lines with a percent sign are progress, all others are worth keeping.
    private static async Task<string> ReadErrorsAsync(StreamReader reader, Action<string>? onProgress)
    {
        var kept = new StringBuilder();
        var line = new StringBuilder();
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            foreach (char c in buffer.AsMemory(0, count).ToArray())
            {
                if (c is not ('\r' or '\n'))
                {
                    if (line.Length < ErrorCharsMax)
                        line.Append(c);
                    continue;
                }

                Take(line, kept, onProgress);
            }
        }

        Take(line, kept, onProgress);
        return kept.ToString();
    }

    private static void Take(StringBuilder line, StringBuilder kept, Action<string>? onProgress)
    {
        string text = line.ToString().TrimEnd();
        line.Clear();
        if (text.Contains('%', StringComparison.Ordinal))
            onProgress?.Invoke(text);
        else if (text.Length > 0 && kept.Length < ErrorCharsMax)
            kept.AppendLine(text);
    }
}
