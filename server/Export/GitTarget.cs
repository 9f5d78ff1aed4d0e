using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Export;

/// <summary>The bare git repository that is exported to, changed by the real git alone.</summary>
internal sealed class GitTarget
{
    private readonly string _directory;

    private GitTarget(string directory) => _directory = directory;

    /// <summary>Makes the repository where there is none.</summary>
    /// <exception cref="ExportException">Something else is there, or git can't be run.</exception>
    public static async Task<GitTarget> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        GitTarget target = new(directory);
        if (!Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any())
            await target.RunAsync(["init", "--quiet", "--bare", directory], isInside: false, null, cancellationToken);
        else if (!File.Exists(Path.Combine(directory, "HEAD")) || !Directory.Exists(Path.Combine(directory, "objects")))
            throw new ExportException(ExportFailure.NotARepository, $"'{directory}' is neither empty nor a bare git repository");
        return target;
    }

    /// <summary>The ids of all objects that are there. Whoever wrote them is trusted to have brought what they name as well, as git does.</summary>
    public async Task<HashSet<ObjectId>> ListObjectsAsync(CancellationToken cancellationToken)
    {
        string listed = await RunAsync(["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"], isInside: true, null, cancellationToken);
        HashSet<ObjectId> ids = [];
        foreach (ReadOnlySpan<char> line in listed.AsSpan().EnumerateLines())
        {
            if (ObjectId.TryParse(line, out ObjectId id))
                ids.Add(id);
        }

        return ids;
    }

    /// <summary>Adds a pack; it is there whole or not at all.</summary>
    /// <param name="write">Writes the pack's bytes.</param>
    /// <param name="cancellationToken">Ends git.</param>
    public Task AddPackAsync(Func<Stream, Task> write, CancellationToken cancellationToken) =>
        RunAsync(["index-pack", "--stdin"], isInside: true, write, cancellationToken);

    /// <summary>Makes the refs these, all at once.</summary>
    public async Task SetRefsAsync(IReadOnlyList<(RefName Name, ObjectId Target)> refs, RefName? defaultBranch, CancellationToken cancellationToken)
    {
        HashSet<string> wanted = [.. refs.Select(static r => r.Name.Value)];
        StringBuilder commands = new("start\n");
        foreach (string gone in (await RunAsync(["for-each-ref", "--format=%(refname)"], isInside: true, null, cancellationToken)).Split('\n').Where(name => name.Length > 0 && !wanted.Contains(name)))
            commands.Append($"delete {gone}\n");
        foreach ((RefName name, ObjectId target) in refs)
            commands.Append($"update {name} {target}\n");
        commands.Append("commit\n");
        await RunAsync(["update-ref", "--stdin"], isInside: true, input => input.WriteAsync(Encoding.UTF8.GetBytes(commands.ToString()), cancellationToken).AsTask(), cancellationToken);
        if (defaultBranch is { } head)
            await RunAsync(["symbolic-ref", "HEAD", head.Value], isInside: true, null, cancellationToken);
    }

    private async Task<string> RunAsync(string[] arguments, bool isInside, Func<Stream, Task>? write, CancellationToken cancellationToken)
    {
        string[] all = isInside ? ["--git-dir", _directory, .. arguments] : arguments;
        ProcessStartInfo start = new("git", all) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["LC_ALL"] = "C";
        using Process process = Launch(start);
        await using CancellationTokenRegistration kill = cancellationToken.Register(static state => Kill((Process)state!), process);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        Exception? broken = null;
        try
        {
            if (write is not null)
                await write(process.StandardInput.BaseStream);
            process.StandardInput.Close();
        }
        catch (IOException e)
        {
            // git ended before its input did; it says why.
            broken = e;
        }
        catch
        {
            Kill(process);
            throw;
        }

        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode == 0 && broken is null
            ? await output
            : throw new ExportException(ExportFailure.GitFailed, $"git {arguments[0]} failed (exit code {process.ExitCode}): {(await errors).Trim()}", broken);
    }

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ExportException(ExportFailure.GitNotInstalled, $"the git program could not be started: {e.Message}", e);
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
}
