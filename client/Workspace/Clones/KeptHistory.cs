using Monorepo.Formats.History;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// A clone's history that stays open from one <see cref="Clone"/> to the next, with what was decoded of it: for a process that opens the same
/// clone again and again. Not thread-safe; one clone at a time.
/// </summary>
public sealed class KeptHistory : IDisposable
{
    // Four MiB of messages: a path's commits lie scattered over many blocks, and so do the next path's.
    private const int TextBlocks = 64;

    private string? _directory;
    private byte[] _state = [];
    private CommitLog? _log;

    /// <summary>The clone's history as it is now: the one that is open, unless a command has written another since.</summary>
    /// <returns>Null: it is not of the kind that is kept. Otherwise it stays this object's.</returns>
    internal CommitLog? Open(ClonePaths paths)
    {
        // Read before the history is opened: what is written in between shows the next time.
        string stateFile = new HistoryFiles(paths.History).State;
        byte[]? state = File.Exists(paths.Shallow) || !File.Exists(stateFile) ? null : File.ReadAllBytes(stateFile);
        if (_log is not null && state is not null && string.Equals(_directory, paths.History, StringComparison.Ordinal) && state.AsSpan().SequenceEqual(_state))
        {
            return _log;
        }

        Dispose();
        if (state is null)
        {
            return null;
        }

        _log = CommitLog.Open(paths.History, new TextBuffer(TextBlocks));
        (_directory, _state) = (paths.History, state);
        return _log;
    }

    /// <summary>Closes it; the next clone opens it anew. No clone may use it.</summary>
    public void Dispose()
    {
        _log?.Dispose();
        _log = null;
    }
}
