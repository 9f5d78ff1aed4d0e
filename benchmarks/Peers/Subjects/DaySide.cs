using System.Diagnostics;
using System.Globalization;
using System.Text;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>One program in its working copy, doing a developer's work. Not thread-safe.</summary>
/// <param name="runner">Runs it.</param>
/// <param name="folder">The working copy.</param>
/// <param name="prepare">One of its commands.</param>
/// <param name="commit">Its command that commits all changes; the message follows.</param>
internal sealed class DaySide(ProgramRunner runner, string folder, Func<string[], ProcessStartInfo> prepare, string[] commit)
{
    private int _number;

    /// <summary>Changes files, otherwise each time and otherwise than before.</summary>
    public void Change(IEnumerable<string> paths)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"change {++_number}\n");
        foreach (string path in paths)
        {
            File.AppendAllText(Path.Combine(folder, path), line);
        }
    }

    public Task<ProgramOutcome> CommitAsync(CancellationToken cancellationToken) =>
        RunAsync(cancellationToken, [.. commit, string.Create(CultureInfo.InvariantCulture, $"commit {_number}")]);

    /// <summary>Makes a branch of its own at a revision and checks it out.</summary>
    public Task BranchAsync(string revision, CancellationToken cancellationToken) =>
        RunAsync(cancellationToken, "switch", "-c", string.Create(CultureInfo.InvariantCulture, $"work-{++_number}"), revision);

    public Task<ProgramOutcome> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        runner.RunAsync(prepare(arguments), inputFile: null, cancellationToken);

    public Task<TimeSpan> RepeatAsync(int times, CancellationToken cancellationToken, params string[] arguments) =>
        runner.RepeatAsync(times, prepare(arguments), cancellationToken);

    /// <summary>The tree that is checked out.</summary>
    public async Task<string> TreeAsync(CancellationToken cancellationToken) =>
        Encoding.ASCII.GetString((await RunAsync(cancellationToken, "rev-parse", "HEAD^{tree}")).OutputBytes).Trim();
}
