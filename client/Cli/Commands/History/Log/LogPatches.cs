using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Log;
using Monorepo.Core;
using Monorepo.Workspace.Diff;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>What a log prints of each commit's changes.</summary>
/// <param name="Patch">The patch.</param>
/// <param name="Stat">The table of changed lines.</param>
/// <param name="Renames">Renamed files are one change.</param>
/// <param name="FullIndex">Whole ids in index lines.</param>
public sealed record LogChanges(bool Patch, bool Stat, bool Renames, bool FullIndex)
{
    public bool IsEmpty => !Patch && !Stat;
}

/// <summary>Prints the changes of a log's commits behind their texts, as <c>git log -p --stat</c> does. Not thread-safe.</summary>
internal sealed class LogPatches(OutputStream output, IObjectSource objects, LogChanges what, ILogFormat format, Func<ObjectId, string> abbreviate, int columns) : IDisposable
{
    private readonly PatchWriter _patches = new(output, abbreviate);
    private readonly DiffStat _stat = new(columns);

    /// <summary>Prints a commit's changes; its text was printed before.</summary>
    public async Task WriteAsync(IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return;
        }

        if (!format.IsEmpty && format is not OneLineFormat)
        {
            output.Text(what is { Patch: true, Stat: true } ? "---\n" : "\n");
        }

        IReadOnlyList<FileChange> files = what.Renames
            ? await RenameDetector.DetectAsync(objects, changes, cancellationToken)
            : [.. changes.Select(static c => new FileChange(c))];
        if (what.Stat)
        {
            await TreePatches.ForEachAsync(objects, files, _stat.Add, cancellationToken);
            _stat.Write(output);
            output.Text(what.Patch ? "\n" : "");
        }

        if (what.Patch)
        {
            await TreePatches.WriteAsync(_patches, objects, files, cancellationToken);
        }
    }

    public void Dispose()
    {
        _patches.Dispose();
        _stat.Dispose();
    }
}
