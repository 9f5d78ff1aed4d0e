using Monorepo.Workspace.History;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>Notes that a walk went past the commits that a shallow clone has. Not thread-safe.</summary>
internal sealed class ShallowEnd(CommitLog log)
{
    /// <summary>The commit whose parents are not here, that a walk came to first; null: none.</summary>
    public int? Position { get; private set; }

    public void Note(int position) => Position ??= position;

    /// <summary>No more was asked for than up to this commit: what comes before it is not missing.</summary>
    public void Stop(int position) => Position = Position == position ? null : Position;

    /// <summary>Says on standard error that what was printed is not all.</summary>
    public void Tell()
    {
        if (Position is { } position)
        {
            Console.Error.WriteLine(
                $"note: this clone is shallow: what comes before {log.Abbreviate(log.IdAt(position))} is not here. 'mr pull --deepen N' brings N more commits, 'mr pull --unshallow' the whole history.");
        }
    }
}
