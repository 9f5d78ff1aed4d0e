using System.Diagnostics;
using System.Globalization;

namespace Monorepo.Testing.Git;

/// <summary>Runs the real git, away from the user's and the system's configuration.</summary>
public static class GitCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs git in a folder and returns what it printed, as bytes.</summary>
    /// <exception cref="InvalidOperationException">Git exited with another code than 0; the message holds what it said.</exception>
    public static byte[] Run(string directory, params string[] arguments) => Run(directory, ReadOnlyMemory<byte>.Empty, arguments);

    /// <inheritdoc cref="Run(string, string[])"/>
    public static byte[] Run(string directory, ReadOnlyMemory<byte> input, params string[] arguments) => Run(directory, input, null, arguments);

    /// <summary>As <see cref="Run(string, string[])"/>, with the exit code, whatever it is.</summary>
    public static (int Code, byte[] Output) Try(string directory, params string[] arguments)
    {
        (int code, byte[] output, _) = Execute(directory, ReadOnlyMemory<byte>.Empty, null, arguments);
        return (code, output);
    }

    /// <summary>As <see cref="Run(string, string[])"/>, at a moment that git takes for the present.</summary>
    public static byte[] RunAt(DateTimeOffset now, string directory, params string[] arguments) => Run(directory, ReadOnlyMemory<byte>.Empty, now, arguments);

    private static byte[] Run(string directory, ReadOnlyMemory<byte> input, DateTimeOffset? now, string[] arguments)
    {
        (int code, byte[] output, string errors) = Execute(directory, input, now, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)} exited with {code}: {errors}");
    }

    private static (int Code, byte[] Output, string Errors) Execute(string directory, ReadOnlyMemory<byte> input, DateTimeOffset? now, string[] arguments)
    {
        ProcessStartInfo start = new("git")
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Untracked cache off: git 2.39 gave stale answers with it.
        foreach (string argument in (string[])["-c", "core.untrackedCache=false", "-c", "protocol.file.allow=always", "-c", "commit.gpgSign=false", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        if (now is { } moment)
        {
            start.Environment["GIT_TEST_DATE_NOW"] = moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }

        foreach (string role in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{role}_NAME"] = "A U Thor";
            start.Environment[$"GIT_{role}_EMAIL"] = "author@example.com";
            start.Environment[$"GIT_{role}_DATE"] = "1700000000 +0100";
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("git did not start.");
        using MemoryStream output = new();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task copy = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input.Span);
        process.StandardInput.Close();
        if (!Task.WaitAll([copy, errors], s_patience) || !process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"git {string.Join(' ', arguments)} did not end within {s_patience}.");
        }

        return (process.ExitCode, output.ToArray(), errors.Result);
    }
}
